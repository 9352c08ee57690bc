"""Records a simulated customer service chat with an assistant's moves as actions.

    python chat.py --out recordings

The assistant asks, looks up, offers and closes; the customer's answers depend on who they
are and on what was said before, and are worded in one of a few ways at random.
"""

from __future__ import annotations

import random
from functools import partial

from recorder import Kind, Outcome, Task, Tasks, main

NAMES = ("Nora", "Felix", "Amira", "Jonas", "Priya", "Hugo", "Elif", "Marek")
WANTS = {
    "password": ("I cannot log in any more.", "It says my password is wrong."),
    "invoice": ("My last invoice looks too high.", "Why did you charge me twice?"),
    "internet": ("My internet is down since this morning.", "The router only blinks red."),
    "contract": ("I want to leave your company.", "Please cancel my contract."),
}
CURE = {
    "password": "send reset link",
    "invoice": "issue credit",
    "internet": "restart line",
    "contract": "offer discount",
}
SECOND = {
    "password": "send code by mail",
    "invoice": "escalate to billing",
    "internet": "send technician",
    "contract": "confirm cancellation",
}


class Chat:
    """One customer with one problem, who has patience for so many turns."""

    def __init__(self, world: int, name: str, problem: str, seed: int) -> None:
        traits = random.Random(f"{world}-{name}")
        self._rng = random.Random(seed)
        self.goal = f"Help {name} and close the chat when the problem is solved."
        self.name, self.problem = name, problem
        self.number = f"C-{traits.randrange(100, 1000)}"
        self.stubborn, self.patience = traits.random() < 0.5, traits.randint(6, 9)
        self.greeted = self.identified = self.known = self.tried = self.solved = False

    def _say(self, *ways: str) -> str:
        return f"{self.name}: {self._rng.choice(ways)}"

    def reset(self) -> str:
        """The customer opens the chat."""
        return f"[{self.name} joined the chat]\n{self._say('Hello?', 'Hi, is anyone there?')}"

    def step(self, action: str) -> Outcome:
        """The assistant's move, and the customer's answer."""
        self.patience -= 1
        if self.patience < 0 and not self.solved:
            return Outcome(f"[{self.name} left the chat]", 0.0, True)
        verb, _, what = action.partition(": ")
        moves = {"greet": self._greet, "ask number": self._ask_number, "ask problem": self._ask_problem}
        if verb in moves:
            return Outcome(moves[verb]())
        if verb == "look up":
            return Outcome(self._look_up(what))
        if verb == "do":
            return Outcome(self._do(what))
        if verb == "close":
            return self._close()
        return Outcome(f"[unknown move: {action}]")

    def _greet(self) -> str:
        if self.greeted:
            return self._say("You said that already.")
        self.greeted, self.patience = True, self.patience + 1
        return self._say("Good morning.", "Hi! Finally.")

    def _ask_number(self) -> str:
        return self._say(f"It is {self.number}.", f"My customer number? {self.number}")

    def _ask_problem(self) -> str:
        self.known = True
        return self._say(*WANTS[self.problem])

    def _look_up(self, number: str) -> str:
        if number != self.number:
            return f"[no customer {number}]"
        self.identified = True
        return f"[customer {number}: {self.name}, {'gold' if self.stubborn else 'basic'} plan, open tickets: 1]"

    def _do(self, what: str) -> str:
        if not self.identified:
            return "[look up the customer first]"
        if what not in (CURE[self.problem], SECOND[self.problem]):
            return self._say("How does that help me?", "That is not my problem.")
        if what == CURE[self.problem] and self.stubborn:
            self.tried = True
            return self._say("That did not help.", "Still the same.")
        if what == SECOND[self.problem] and not self.tried:
            return self._say("Is there nothing simpler?")
        self.solved = True
        return self._say("Great, thank you!", "That works. Thanks!")

    def _close(self) -> Outcome:
        return Outcome(
            "[chat closed, rated 5 of 5]" if self.solved else "[chat closed, rated 1 of 5]", float(self.solved), True
        )

    def admissible(self) -> list[str]:
        """Every move, with the number where it is known."""
        deeds = [f"do: {deed}" for problem in WANTS for deed in (CURE[problem], SECOND[problem])]
        return ["greet", "ask number", "ask problem", f"look up: {self.number}", *deeds, "close"]

    def solution(self) -> str | None:
        """Greets, identifies, asks, cures and closes."""
        if self.solved:
            return "close"
        if not self.greeted:
            return "greet"
        if not self.identified:
            return f"look up: {self.number}" if self._rng.random() < 0.7 else "ask number"
        if not self.known:
            return "ask problem"
        return f"do: {SECOND[self.problem] if self.tried else CURE[self.problem]}"

    def stray(self, rng: random.Random) -> str | None:
        """A wrong number or a move that there is none of."""
        return rng.choice((f"look up: C-{rng.randrange(100, 1000)}", "apologise", "do: nothing", "transfer"))


def tasks(rng: random.Random) -> Tasks:
    """Twenty customers to train on, sixteen others."""
    made = []
    for world in rng.sample(range(10**6), 9):
        for name in rng.sample(NAMES, 4):
            problem = rng.choice(list(WANTS))
            made.append(Task(f"{world}-{name}", f"{world}-{name}", partial(Chat, world, name, problem)))
    return made[:20], made[20:]


KINDS = [Kind("chat", tasks, 1800, 15, lists_actions=False)]

if __name__ == "__main__":
    main(KINDS, __doc__)
