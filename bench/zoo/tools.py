"""Records assistants that call tools: an order desk and a calendar.

    python tools.py --out recordings

Actions are calls, `update_order(order_id="1043", status="cancelled")`, and states are the
JSON that they answer. Goals are what a customer wants, in a few wordings.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from recorder import Kind, Outcome, Task, draw, main

PEOPLE = ("Mia Keller", "Omar Haddad", "Li Wei", "Sara Novak", "Tom Ode", "Ines Prado")
ITEMS = ("desk lamp", "water bottle", "office chair", "phone case", "rain jacket", "coffee grinder")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
HOURS = ("09:00", "10:00", "11:00", "14:00", "15:00", "16:00")
TOPICS = ("budget review", "design sync", "interview", "standup", "dentist", "roadmap")


def call(tool: str, **arguments: str) -> str:
    """An action as it is written."""
    return f"{tool}({', '.join(f'{k}={json.dumps(v)}' for k, v in arguments.items())})"


def parse(action: str) -> tuple[str, dict[str, str]]:
    """The tool and arguments of an action."""
    return action.partition("(")[0], dict(re.findall(r'(\w+)="([^"]*)"', action))


class Tools:
    """A set of tools over some data. Subclasses name methods `_tool_NAME`."""

    goal = ""

    def __init__(self) -> None:
        self._plan: list[str] = []
        self._seen: dict[str, Any] = {}
        self.won, self.failed = False, False
        self.partial = 0.0

    def reset(self) -> str:
        """Waits for the first call."""
        return json.dumps({"status": "ready", "tools": self.names()})

    def names(self) -> list[str]:
        """The tools there are."""
        return sorted(name.removeprefix("_tool_") for name in dir(self) if name.startswith("_tool_"))

    def step(self, action: str) -> Outcome:
        """Calls a tool."""
        name, arguments = parse(action)
        tool: Callable[..., Any] | None = getattr(self, f"_tool_{name}", None)
        before = self.partial
        try:
            answer = tool(**arguments) if tool else {"error": "unknown_tool", "tool": name}
        except TypeError:
            answer = {"error": "bad_arguments", "tool": name}
        if self._plan and self._plan[0] == action:
            self._plan.pop(0)
        reward = self.partial - before + float(self.won)
        return Outcome(
            json.dumps(answer, indent=1 if len(str(answer)) > 150 else None), reward, self.won or self.failed
        )

    def solution(self) -> str | None:
        """The plan's next call."""
        return self._plan[0] if self._plan else None


class Desk(Tools):
    """An order desk: look up, change, refund, answer."""

    def __init__(self, world: int, kind: str, number: int, _seed: int) -> None:
        super().__init__()
        rng = random.Random(world)
        self.orders = {
            str(1000 + i * 7): {
                "order_id": str(1000 + i * 7),
                "customer": rng.choice(PEOPLE),
                "item": rng.choice(ITEMS),
                "quantity": rng.randint(1, 4),
                "total": float(rng.randrange(10, 90)),
                "status": rng.choice(("processing", "shipped", "delivered")),
            }
            for i in range(6)
        }
        self.kind, self.order = kind, list(self.orders.values())[number]
        order_id, who, item = (str(self.order[key]) for key in ("order_id", "customer", "item"))
        late = "reply that it is too late."
        self.goal = {
            "cancel": f"{who} wants order {order_id} cancelled, if it has not been shipped. Otherwise {late}",
            "refund": f"{who} says that the {item} arrived broken. "
            f"Refund order {order_id} if it was delivered; else {late}",
            "address": f"Order {order_id} goes to Oak Street 5 now. {who} asked for it.",
        }[kind]
        status = self.order["status"]
        self.fits = status == {"cancel": "processing", "refund": "delivered"}.get(kind, status)
        change = {
            "cancel": call("update_order", order_id=order_id, status="cancelled"),
            "refund": call("refund", order_id=order_id, amount=f"{self.order['total']:.2f}"),
            "address": call("update_order", order_id=order_id, address="Oak Street 5"),
        }[kind]
        look = [call("find_orders", customer=who), call("get_order", order_id=order_id)]
        done = call("reply", text="done")
        self._plan = [*look, change, done] if self.fits else [*look, call("reply", text="too late")]
        self._change, self._changed = change, False

    def _tool_find_orders(self, customer: str) -> Any:
        found = [
            {"order_id": o["order_id"], "item": o["item"]} for o in self.orders.values() if o["customer"] == customer
        ]
        return {"count": len(found), "orders": found}

    def _tool_get_order(self, order_id: str) -> Any:
        return self.orders.get(order_id) or {"error": "not_found", "order_id": order_id}

    def _tool_update_order(self, order_id: str, status: str = "", address: str = "") -> Any:
        order = self.orders.get(order_id)
        if not order:
            return {"error": "not_found", "order_id": order_id}
        if status == "cancelled" and order["status"] != "processing":
            return {"error": "invalid_transition", "from": order["status"], "to": status}
        order |= {k: v for k, v in (("status", status), ("address", address)) if v}
        self._note(
            order_id,
            call(
                "update_order", order_id=order_id, **{k: v for k, v in (("status", status), ("address", address)) if v}
            ),
        )
        return {"ok": True, "order": order}

    def _tool_refund(self, order_id: str, amount: str) -> Any:
        order = self.orders.get(order_id)
        if not order:
            return {"error": "not_found", "order_id": order_id}
        if float(amount) > float(str(order["total"])):
            return {"error": "amount_too_high", "max": order["total"]}
        if order["status"] != "delivered":
            return {"error": "not_refundable", "status": order["status"]}
        order["status"] = "refunded"
        self._note(order_id, call("refund", order_id=order_id, amount=amount))
        return {"ok": True, "refunded": float(amount), "left": float(str(order["total"])) - float(amount)}

    def _note(self, _order_id: str, action: str) -> None:
        if action == self._change and not self._changed:
            self._changed, self.partial = True, 0.5

    def _tool_reply(self, text: str) -> Any:
        right = self._changed if text == "done" else not self.fits and text == "too late"
        self.won, self.failed = right, not right
        if right:
            self.partial = 0.0 if not self._changed else self.partial - 0.5
        return {"sent": text, "conversation": "closed"}

    def admissible(self) -> list[str]:
        """Calls over the orders and customers there are."""
        listed = [call("find_orders", customer=who) for who in PEOPLE]
        for number, order in self.orders.items():
            listed += [
                call("get_order", order_id=number),
                call("update_order", order_id=number, status="cancelled"),
                call("update_order", order_id=number, address="Oak Street 5"),
                call("refund", order_id=number, amount=f"{order['total']:.2f}"),
            ]
        return [*listed, call("reply", text="done"), call("reply", text="too late")]

    def stray(self, rng: random.Random) -> str | None:
        """A wrong number, an unknown tool, an argument that is not one."""
        return rng.choice(
            (
                call("get_order", order_id=str(rng.randint(2000, 9999))),
                call("delete_order", order_id="1007"),
                call("get_order", number="1007"),
                call("refund", order_id="1007", amount="500.00"),
                call("update_order", order_id=str(rng.randint(2000, 9999)), status="cancelled"),
            )
        )


class Calendar(Tools):
    """A calendar: what is when, what is free, moving and booking."""

    def __init__(self, world: int, number: int, _seed: int) -> None:
        super().__init__()
        rng = random.Random(world)
        slots = rng.sample([(d, h) for d in DAYS for h in HOURS], 6)
        self.events = {
            f"ev{i + 1}": {"topic": t, "day": d, "time": h}
            for i, (t, (d, h)) in enumerate(zip(TOPICS, slots, strict=True))
        }
        plan = random.Random(f"{world}-{number}")
        day = plan.choice(DAYS)
        free = [h for h in HOURS if not self._at(day, h)]
        self.target = (day, free[-1] if plan.random() < 0.5 else free[0])
        when = "first" if self.target[1] == free[0] else "last"
        if number % 2:
            self.wanted, self.event = "lunch with Pat", ""
            self.goal = f"Book lunch with Pat at the {when} free hour on {day}."
            action = call("book", topic="lunch with Pat", day=day, time=self.target[1])
        else:
            self.event = plan.choice(list(self.events))
            self.wanted = self.events[self.event]["topic"]
            self.goal = f"Move the {self.wanted} to the {when} free hour on {day}."
            action = call("move", event=self.event, day=day, time=self.target[1])
        self._plan = [*([call("find", topic=self.wanted)] if self.event else []), call("free", day=day), action]

    def _at(self, day: str, time: str) -> str | None:
        return next((k for k, e in self.events.items() if (e["day"], e["time"]) == (day, time)), None)

    def _tool_agenda(self, day: str) -> Any:
        found = sorted((e["time"], e["topic"]) for e in self.events.values() if e["day"] == day)
        return {"day": day, "events": [f"{t} {topic}" for t, topic in found]}

    def _tool_free(self, day: str) -> Any:
        if day not in DAYS:
            return {"error": f"no such day: {day}"}
        return {"day": day, "free": [h for h in HOURS if not self._at(day, h)]}

    def _tool_find(self, topic: str) -> Any:
        found = next(((k, e) for k, e in self.events.items() if e["topic"] == topic), None)
        return {"event": found[0], **found[1]} if found else {"error": f"nothing about {topic}"}

    def _place(self, key: str, topic: str, day: str, time: str) -> Any:
        if other := self._at(day, time):
            return {"error": "conflict", "with": self.events[other]["topic"], "at": f"{day} {time}"}
        self.events[key] = {"topic": topic, "day": day, "time": time}
        self.won = topic == self.wanted and (day, time) == self.target
        return {"ok": True, "event": key, "topic": topic, "when": f"{day} {time}", "total": len(self.events)}

    def _tool_book(self, topic: str, day: str, time: str) -> Any:
        return self._place(f"ev{len(self.events) + 1}", topic, day, time)

    def _tool_move(self, event: str, day: str, time: str) -> Any:
        if event not in self.events:
            return {"error": f"unknown event {event}"}
        return self._place(event, self.events[event]["topic"], day, time)

    def _tool_cancel(self, event: str) -> Any:
        if event not in self.events:
            return {"error": f"unknown event {event}"}
        return {"ok": True, "cancelled": self.events.pop(event)["topic"], "total": len(self.events)}

    def admissible(self) -> list[str]:
        """Calls over days, events and hours."""
        day = self.target[0]
        listed = [call(tool, day=d) for tool in ("agenda", "free") for d in DAYS] + [
            call("find", topic=t) for t in TOPICS
        ]
        listed += [call("cancel", event=e) for e in self.events]
        listed += [call("move", event=e, day=day, time=h) for e in self.events for h in HOURS]
        return listed + [call("book", topic="lunch with Pat", day=day, time=h) for h in HOURS]

    def stray(self, rng: random.Random) -> str | None:
        """Something that is not there."""
        return rng.choice(
            (
                call("cancel", event=f"ev{rng.randint(7, 12)}"),
                call("free", day="Sun"),
                call("find", topic="lunch with Pat"),
                call("move", event=f"ev{rng.randint(7, 12)}", day="Mon", time="09:00"),
                call("delete", event="ev1"),
            )
        )


def desk_tasks(world: int) -> list[Task]:
    """Five requests over one set of orders."""
    return [
        Task(f"{world}-{kind}-{i}", f"orders-{world}", partial(Desk, world, kind, i))
        for i, kind in enumerate(("cancel", "refund", "address", "cancel", "refund"))
    ]


def calendar_tasks(world: int) -> list[Task]:
    """Five requests over one calendar."""
    return [Task(f"{world}-{i}", f"calendar-{world}", partial(Calendar, world, i)) for i in range(5)]


KINDS = [
    Kind("desk", partial(draw, train=8, unseen=6, tasks_of=desk_tasks), 2000, 15),
    Kind("calendar", partial(draw, train=8, unseen=7, tasks_of=calendar_tasks), 1800, 15, lists_actions=False),
]

if __name__ == "__main__":
    main(KINDS, __doc__)
