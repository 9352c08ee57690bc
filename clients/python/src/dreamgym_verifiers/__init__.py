"""`dreamgym.verifiers` by a name that verifiers takes as an id: dreamgym-verifiers, for an id has no dot."""

from dreamgym.verifiers import DreamGymEnv, DreamGymTaskset

__all__ = ["DreamGymEnv", "DreamGymTaskset"]
