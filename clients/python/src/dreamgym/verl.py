"""An agent loop for verl: the model says an action, the environment answers with a user turn, and so on.

The file ``verl.yaml`` beside this module registers it as "dreamgym"; rows whose column agent_name says so, such as
`rows` makes, are played by it. It needs the extra ``verl``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput
from verl.utils.profiler import simple_timer

from dreamgym import aio
from dreamgym._errors import InsufficientEvidenceError, InvalidActionError, InvalidRequestError
from dreamgym._reading import INSTRUCTION, action_of, check_text, opening, ran_dry, reading, seed_of, task_rows

__all__ = ["CONFIG", "DreamGymAgentLoop", "rows"]

#: what ``actor_rollout_ref.rollout.agent.agent_loop_config_path`` takes: it reads DREAMGYM_ENV, DREAMGYM_BACKEND,
#: DREAMGYM_URL and DREAMGYM_TOKEN
CONFIG: Final = str(Path(__file__).with_suffix(".yaml"))


class DreamGymAgentLoop(AgentLoopBase):
    """Plays one episode for each trajectory; the score is the episode's return.

    What the row's ``extra_info["dreamgym"]`` says starts it: "seed", reset options as `dreamgym.RemoteEnv.reset` has
    them, and "env", where the arguments name none. An action that cannot be read is told to the model, and the
    episode goes on.

    Where the environment fails, or a dream breaks off for want of evidence, `run` raises: verl leaves the trajectory
    out of its group.

    Args:
        *args: As verl gives them.
        env: ``namespace/name-vN``, or with ``@backend``: one whose observations are text.
        backend: What plays it: "real", "dream", "replay".
        url: The server; see `dreamgym.Client`.
        token: The bearer token; see `dreamgym.Client`.
        tools: Not used.
        **kwargs: As verl gives them.
    """

    def __init__(
        self,
        *args: Any,
        env: str | None = None,
        backend: str | None = None,
        url: str | None = None,
        token: str | None = None,
        tools: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.env, self.backend, self.url, self.token = env, backend, url, token

    def action(self, reply: str) -> str:
        """Find the action in the model's reply: its last line. Subclasses may have other habits."""
        return action_of(reply)

    async def run(self, sampling_params: dict[str, Any], **kwargs: Any) -> AgentLoopOutput:
        """Play the episode of a row."""
        options = dict((kwargs.get("extra_info") or {}).get("dreamgym") or {})
        name, seed = options.pop("env", None) or self.env, seed_of(options)
        if name is None:
            raise InvalidRequestError("no environment: name it in the agent loop's configuration, or in the row")
        del options["seed"]
        async with await aio.make(name, self.backend, url=self.url, token=self.token) as env:
            check_text(env.remote_spec)
            observation, info = await env.reset(seed=seed, options=options)
            messages = _asked(kwargs["raw_prompt"], opening(observation, info))
            return await _Rollout(self, env, sampling_params, messages, info).play()


class _Rollout:
    """One episode as verl has it: tokens, and which of them the model said."""

    def __init__(
        self,
        loop: DreamGymAgentLoop,
        env: aio.Env,
        sampling_params: dict[str, Any],
        messages: list[dict[str, Any]],
        info: dict[str, Any],
    ) -> None:
        self._loop, self._env, self._sampling = loop, env, sampling_params
        self._messages = messages
        self._room: int = loop.rollout_config.response_length
        self._request = uuid4().hex
        self._ids: list[int] = []
        self._mask: list[int] = []
        self._logprobs: list[float] = []  # empty where the server gives none
        self._rewards: list[float] = []
        self._metrics: dict[str, float] = {}
        self._extra = {"backend": info["backend"], "task": info["task"], "episode": info["episode"]}

    async def play(self) -> AgentLoopOutput:
        self._ids = await self._loop.ct_build_initial_tokens(self._messages)
        while await self._generate() and await self._step():
            pass
        return self._output()

    async def _generate(self) -> bool:
        """Let the model speak; answer whether there is room for more."""
        with simple_timer("generate_sequences", self._metrics):
            said = await self._loop.server_manager.generate(
                request_id=self._request, prompt_ids=self._ids, sampling_params=self._sampling
            )
        known = self._logprobs if self._logprobs or said.log_probs else None
        merged, self._mask, aligned = await self._loop.ct_merge_assistant_token(
            self._ids, said.token_ids, self._mask, known, said.log_probs or None
        )
        self._ids, self._logprobs = merged.token_ids, aligned or []
        self._extra = {**said.extra_fields, **self._extra, **_newest(said.extra_fields)}
        reply = self._loop.tokenizer.decode(said.token_ids, skip_special_tokens=True)
        self._messages = [*self._messages, {"role": "assistant", "content": reply}]
        return len(self._mask) < self._room

    async def _step(self) -> bool:
        """Carry out what the model said last, and show it what came of it; answer whether it is to speak again."""
        try:
            with simple_timer("tool_calls", self._metrics):
                action = self._loop.action(self._messages[-1]["content"])
                observation, reward, terminated, truncated, info = await self._env.step(action)
        except InvalidActionError as e:
            return await self._tell(f"That is no action: {e.message}")
        if ran_dry(info):
            raise InsufficientEvidenceError("the dream broke the episode off: it has no reward")
        self._rewards.append(reward)
        return not (terminated or truncated) and await self._tell(reading(observation, info))

    async def _tell(self, text: str) -> bool:
        """Append a user turn where there is room for it."""
        limit = self._loop.rollout_config.multi_turn.max_assistant_turns
        if limit and sum(message["role"] == "assistant" for message in self._messages) >= limit:
            return False
        told = [*self._messages, {"role": "user", "content": text}]
        merged, mask, logprobs = await self._loop.ct_merge_context_msg(
            self._messages, told, self._ids, self._mask, self._logprobs or None
        )
        if len(mask) >= self._room:
            return False
        self._messages, self._ids, self._mask, self._logprobs = told, merged.token_ids, mask, logprobs or []
        return True

    def _output(self) -> AgentLoopOutput:
        start, most = len(self._ids) - len(self._mask), self._room
        return AgentLoopOutput(
            prompt_ids=self._ids[:start],
            response_ids=self._ids[start:][:most],
            response_mask=self._mask[:most],
            response_logprobs=self._logprobs[:most] or None,
            reward_score=sum(self._rewards),
            num_turns=len(self._messages),
            metrics=self._metrics,
            extra_fields={**self._extra, "turn_scores": self._rewards, "tool_rewards": []},
        )


def _asked(prompt: Any, text: str) -> list[dict[str, Any]]:
    """Answer the prompt with the first observation: in its last message if that is the user's, else after it."""
    messages = [dict(message) for message in prompt]
    if messages and messages[-1]["role"] == "user":
        messages[-1]["content"] = f"{messages[-1]['content']}\n\n{text}".lstrip()
    else:
        messages.append({"role": "user", "content": text})
    return messages


def _newest(extra: dict[str, Any]) -> dict[str, Any]:
    """Answer which of the policy's versions spoke last."""
    return {key: extra[key] for key in ("max_global_steps",) if extra.get(key) is not None}


def rows(
    env: str,
    count: int,
    *,
    split: str = "train",
    seed: int = 0,
    system: str = INSTRUCTION,
    url: str | None = None,
    token: str | None = None,
) -> list[dict[str, Any]]:
    """Answer a data set for verl, to be written as Parquet: tasks in order, again and again, each with a seed.

    Args:
        env: ``namespace/name-vN``.
        count: How many rows.
        split: "train", "seen", "unseen".
        seed: Of the first row; each row's is one more.
        system: The system message, which tells the model how to act.
        url: The server; see `dreamgym.Client`.
        token: The bearer token; see `dreamgym.Client`.
    """
    prompt = [{"role": "system", "content": system}]
    return [
        {
            "data_source": env,
            "agent_name": "dreamgym",
            "prompt": prompt,
            "reward_model": {"style": "rule", "ground_truth": ""},
            "extra_info": {"index": i, "dreamgym": {"env": env, **row}},
        }
        for i, row in enumerate(task_rows(env, count, split, seed, url, token))
    ]
