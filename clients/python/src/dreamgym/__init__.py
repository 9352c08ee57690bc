"""Gymnasium environments, real and dreamed, from an envserver.

>>> import dreamgym
>>> env = dreamgym.make("house/heat-and-place-v0", backend="dream")  # doctest: +SKIP
>>> observation, info = env.reset(seed=1)  # doctest: +SKIP
>>> observation, reward, terminated, truncated, info = env.step(info["actions"][0])  # doctest: +SKIP
>>> env.close()  # doctest: +SKIP
"""

import gymnasium as _gym

from dreamgym._client import Client
from dreamgym._env import GYM_ID as _GYM_ID
from dreamgym._env import RemoteEnv, make
from dreamgym._errors import (
    CanceledError,
    CapacityReachedError,
    ConnectionLostError,
    DeadlineExceededError,
    DivergedError,
    DreamGymError,
    EnvCrashedError,
    InsufficientEvidenceError,
    InternalError,
    InvalidActionError,
    InvalidConfigError,
    InvalidRequestError,
    ModelMalformedError,
    ModelUnavailableError,
    NotAvailableError,
    ProtocolError,
    RequestConflictError,
    ResetRequiredError,
    SessionExistsError,
    SessionLostError,
    ShuttingDownError,
    StorageError,
    TooLargeError,
    UnauthorizedError,
    UnknownBackendError,
    UnknownEnvironmentError,
    UnknownEpisodeError,
    UnknownOperationError,
    UnknownSessionError,
    UnknownTaskError,
    VersionMismatchError,
)
from dreamgym._launch import Server, launch
from dreamgym._spaces import ActionText, UnicodeText
from dreamgym._vector import RemoteVectorEnv, make_vec
from dreamgym._version import __version__

__all__ = [
    "ActionText",
    "CanceledError",
    "CapacityReachedError",
    "Client",
    "ConnectionLostError",
    "DeadlineExceededError",
    "DivergedError",
    "DreamGymError",
    "EnvCrashedError",
    "InsufficientEvidenceError",
    "InternalError",
    "InvalidActionError",
    "InvalidConfigError",
    "InvalidRequestError",
    "ModelMalformedError",
    "ModelUnavailableError",
    "NotAvailableError",
    "ProtocolError",
    "RemoteEnv",
    "RemoteVectorEnv",
    "RequestConflictError",
    "ResetRequiredError",
    "Server",
    "SessionExistsError",
    "SessionLostError",
    "ShuttingDownError",
    "StorageError",
    "TooLargeError",
    "UnauthorizedError",
    "UnicodeText",
    "UnknownBackendError",
    "UnknownEnvironmentError",
    "UnknownEpisodeError",
    "UnknownOperationError",
    "UnknownSessionError",
    "UnknownTaskError",
    "VersionMismatchError",
    "__version__",
    "launch",
    "make",
    "make_vec",
]

if _GYM_ID not in _gym.registry:
    # Gymnasium has no other way in: gym.make("dreamgym:dreamgym/Remote-v0", env=…) imports this module.
    _gym.register(_GYM_ID, entry_point="dreamgym:RemoteEnv", vector_entry_point="dreamgym:RemoteVectorEnv")
