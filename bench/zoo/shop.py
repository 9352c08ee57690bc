"""Records a small simulated web shop with an administration, as element lists.

    python shop.py --out recordings

The pages read as those of the browser environment do: one line a node, elements that can
be acted on with an id in document order, acted on by `click('12')`, `fill('3', 'ada')`
and `select_option('4', 'red')`. Nothing of it is a real page.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from recorder import Kind, Outcome, Task, Tasks, draw, main

COLOURS = ("red", "blue", "green", "black", "white", "yellow")
THINGS = ("mug", "lamp", "notebook", "backpack", "umbrella", "kettle", "scarf", "clock")
PEOPLE = ("Ada Byron", "Grace Hopper", "Alan Kay", "Radia Perlman", "Edsger Prim", "Barbara Liskov")
STATUSES = ("pending", "paid", "shipped", "cancelled")
PAGE = 4
TIMES = "\u00d7"


@dataclass
class Product:
    """Something on sale."""

    name: str
    price: int  # cents
    stock: int


@dataclass
class Order:
    """An order of a customer."""

    number: int
    customer: str
    total: int
    status: str


@dataclass
class Page:
    """What is on the screen, and what acting on it does."""

    lines: list[str] = field(default_factory=list)
    clicks: dict[int, Callable[[], None]] = field(default_factory=dict)
    fills: dict[int, str] = field(default_factory=dict)
    options: dict[int, tuple[str, list[str], str]] = field(default_factory=dict)
    ids: int = 0

    def text(self, text: str) -> None:
        """Adds static text."""
        self.lines.append(f'text "{text}"')

    def heading(self, text: str) -> None:
        """Adds a heading."""
        self.lines.append(f'heading "{text}"')

    def click(self, role: str, name: str, act: Callable[[], None]) -> None:
        """Adds a link or a button."""
        self.ids += 1
        self.lines.append(f'[{self.ids}] {role} "{name}"')
        self.clicks[self.ids] = act

    def fill(self, name: str, key: str, value: str) -> None:
        """Adds a text field for the form's entry `key`."""
        self.ids += 1
        self.lines.append(f'[{self.ids}] textbox "{name}"' + (f' value="{value}"' if value else ""))
        self.fills[self.ids] = key

    def select(self, name: str, key: str, options: list[str], chosen: str) -> None:
        """Adds a list of choices for the form's entry `key`."""
        self.ids += 1
        self.lines.append(f'[{self.ids}] combobox "{name}"')
        self.lines += [f'  option "{o}"' + (" selected" if o == chosen else "") for o in options]
        self.options[self.ids] = (key, options, chosen)


def money(cents: int) -> str:
    """A price as pages show it."""
    return f"${cents / 100:.2f}"


@dataclass(frozen=True)
class Aim:
    """What is wanted: to buy, to cancel, to find out or to restock."""

    kind: str
    goal: str
    product: str = ""
    count: int = 1
    order: int = 0
    customer: str = ""


class Shop:
    """The shop's state, its pages and one aim in it."""

    def __init__(self, world: int, aim: Aim, _seed: int) -> None:
        rng = random.Random(world)
        names = rng.sample([f"{c} {t}" for c in COLOURS for t in THINGS], 11)
        self.products = [Product(n, rng.randrange(300, 4000, 25), rng.choice((0, 1, 3, 8))) for n in names]
        self.orders = [
            Order(1040 + i, rng.choice(PEOPLE), rng.randrange(500, 9000, 50), rng.choice(STATUSES)) for i in range(7)
        ]
        self.goal, self.aim = aim.goal, aim
        self.cart: dict[str, int] = {}
        self.form: dict[str, str] = {}
        self.flash, self.at, self.page_number, self.done = "", "home", 1, ""
        self.page = Page()

    # The pages.

    def reset(self) -> str:
        """Opens the home page."""
        return self._render()

    def _go(self, at: str) -> None:
        self.at, self.page_number = at, 1
        self.form = {}

    def _render(self) -> str:
        page = self.page = Page()
        page.click("link", "Home", lambda: self._go("home"))
        page.click("link", "Products", lambda: self._go("list"))
        page.click("link", f"Cart ({sum(self.cart.values())})", lambda: self._go("cart"))
        page.click("link", "Orders", lambda: self._go("orders"))
        if self.flash:
            page.text(self.flash)
        self.flash = ""
        where, _, what = self.at.partition(":")
        {"home": self._home, "list": self._list, "cart": self._cart, "orders": self._orders, "product": self._product,
         "order": self._order, "checkout": self._checkout, "thanks": self._thanks}[where](page, what)  # fmt: skip
        return "\n".join(page.lines)

    def _home(self, page: Page, _: str) -> None:
        page.heading("Corner Store")
        page.text("Good things, delivered.")
        page.fill("Search products", "search", self.form.get("search", ""))
        page.click("button", "Search", lambda: self._search(self.form.get("search", "")))

    def _search(self, words: str) -> None:
        self._go(f"list:{words}")

    def _found(self, words: str) -> list[Product]:
        found = [p for p in self.products if all(w in p.name for w in words.lower().split())]
        return sorted(found, key=lambda p: p.price) if self.form.get("sort") == "Price" else found

    def _list(self, page: Page, words: str) -> None:
        found = self._found(words)
        page.heading(f'Results for \\"{words}\\"' if words else "All products")
        page.text(f"{len(found)} products" if found else "Nothing was found.")
        page.select("Sort by", "sort", ["Featured", "Price"], self.form.get("sort", "Featured"))
        pages = max(1, -(-len(found) // PAGE))
        self.page_number = min(self.page_number, pages)
        for p in found[(self.page_number - 1) * PAGE : self.page_number * PAGE]:
            page.click("link", p.name, partial(self._go, f"product:{p.name}"))
            page.text(money(p.price) + ("" if p.stock else " · sold out"))
        if pages > 1:
            page.text(f"Page {self.page_number} of {pages}")
        if self.page_number < pages:
            page.click("button", "Next", partial(self._turn, 1))
        if self.page_number > 1:
            page.click("button", "Previous", partial(self._turn, -1))

    def _turn(self, by: int) -> None:
        self.page_number += by

    def _product(self, page: Page, name: str) -> None:
        p = self._named(name)
        page.heading(p.name)
        page.text(f"Price: {money(p.price)}")
        page.text(f"{p.stock} in stock" if p.stock else "Sold out")
        page.fill("Quantity", "quantity", self.form.get("quantity", "1"))
        page.click("button", "Add to cart", partial(self._add, p))

    def _add(self, p: Product) -> None:
        quantity = self.form.get("quantity", "1")
        if not quantity.isdigit() or int(quantity) < 1:
            self.flash = "Error: quantity must be a number above 0"
        elif int(quantity) + self.cart.get(p.name, 0) > p.stock:
            self.flash = f"Error: only {p.stock} left of {p.name}"
        else:
            self.cart[p.name] = self.cart.get(p.name, 0) + int(quantity)
            self.flash = f"Added {quantity} {TIMES} {p.name} to your cart"
            self.form = {}

    def _named(self, name: str) -> Product:
        return next(p for p in self.products if p.name == name)

    def _total(self) -> int:
        return sum(self._named(n).price * c for n, c in self.cart.items())

    def _cart(self, page: Page, _: str) -> None:
        page.heading("Your cart")
        for name, count in self.cart.items():
            page.text(f"{count} {TIMES} {name} — {money(count * self._named(name).price)}")
            page.click("button", f"Remove {name}", partial(self._remove, name))
        if not self.cart:
            page.text("Your cart is empty.")
            return
        page.text(f"Total: {money(self._total())}")
        page.click("button", "Check out", lambda: self._go("checkout"))

    def _remove(self, name: str) -> None:
        del self.cart[name]
        self.flash = f"Removed {name}"

    def _checkout(self, page: Page, _: str) -> None:
        page.heading("Check out")
        page.text(f"To pay: {money(self._total())}")
        page.fill("Name", "name", self.form.get("name", ""))
        page.fill("Postal code", "code", self.form.get("code", ""))
        page.select("Payment", "payment", ["Choose…", "Card", "Invoice"], self.form.get("payment", "Choose…"))
        page.click("button", "Place order", self._place)

    def _place(self) -> None:
        faults = [] if self.form.get("name") else ["Name is required"]
        if not re.fullmatch(r"\d{5}", self.form.get("code", "")):
            faults.append("Postal code has 5 digits")
        if self.form.get("payment", "Choose…") == "Choose…":
            faults.append("Choose a payment")
        if faults:
            self.flash = "Error: " + "; ".join(faults)
            return
        self.done = "bought"
        self._go("thanks")

    def _thanks(self, page: Page, _: str) -> None:
        page.heading("Thank you!")
        page.text(f"Your order of {money(self._total())} is on its way.")

    def _orders(self, page: Page, _: str) -> None:
        page.heading("Orders")
        page.select("Status", "filter", ["all", *STATUSES], self.form.get("filter", "all"))
        wanted = self.form.get("filter", "all")
        shown = [o for o in self.orders if wanted in ("all", o.status)]
        page.text(f"Showing {len(shown)} of {len(self.orders)}")
        for o in shown:
            page.click("link", f"#{o.number}", partial(self._go, f"order:{o.number}"))
            page.text(f"{o.customer} {money(o.total)} {o.status}")

    def _order(self, page: Page, number: str) -> None:
        o = next(o for o in self.orders if o.number == int(number))
        page.heading(f"Order #{o.number}")
        page.text(f"Customer: {o.customer}")
        page.text(f"Total: {money(o.total)}")
        page.text(f"Status: {o.status}")
        for label, status in (("Mark as paid", "paid"), ("Ship", "shipped"), ("Cancel order", "cancelled")):
            page.click("button", label, partial(self._change, o, status))
        page.click("link", "Back to orders", lambda: self._go("orders"))

    def _change(self, o: Order, status: str) -> None:
        allowed = {"paid": ("pending",), "shipped": ("paid",), "cancelled": ("pending", "paid")}[status]
        if o.status not in allowed:
            self.flash = f"Error: order #{o.number} is {o.status} and cannot be {status}"
            return
        o.status = status
        self.flash = f"Order #{o.number} is now {status}"
        self.done = f"{status}:{o.number}"

    # Acting.

    def step(self, action: str) -> Outcome:
        """Acts on the page; what does not fit the page changes nothing."""
        self.done = ""
        verb, _, rest = action.partition("(")
        given = re.findall(r"'([^']*)'", rest)
        if given and given[0].isdigit():
            self._act(verb, int(given[0]), given[1] if len(given) > 1 else "")
        text = self._render()
        return Outcome(text, *self._judge())

    def _act(self, verb: str, node: int, value: str) -> None:
        if verb == "click" and node in self.page.clicks:
            self.page.clicks[node]()
        elif verb == "fill" and node in self.page.fills:
            self.form[self.page.fills[node]] = value
        elif verb == "select_option" and node in self.page.options:
            key, options, _ = self.page.options[node]
            if value in options:
                self.form[key] = value

    def _judge(self) -> tuple[float, bool]:
        if self.done == "bought":
            return float(self.aim.kind == "buy" and self.cart == {self.aim.product: self.aim.count}), True
        if self.done.endswith(f":{self.aim.order}"):
            return float(self.done.startswith(self.aim.kind)), True
        return 0.0, False

    def admissible(self) -> list[str]:
        """What the page takes; text fields take what the goal names."""
        words = [w for w in (self.aim.product, self.aim.customer, str(self.aim.count) if self.aim.product else "") if w]
        listed = [f"click('{i}')" for i in self.page.clicks]
        for i, key in self.page.fills.items():
            values = {"quantity": [str(self.aim.count), "99"], "code": ["12345", "abc"]}.get(
                key, words or ["Ada Byron"]
            )
            listed += [f"fill('{i}', '{v}')" for v in values if self.form.get(key, "") != v]
        for i, (_, options, chosen) in self.page.options.items():
            listed += [f"select_option('{i}', '{o}')" for o in options if o != chosen]
        return listed

    def stray(self, rng: random.Random) -> str | None:
        """An id that is not there, or a text for what takes none."""
        node = rng.randint(1, 24)
        return rng.choice((f"click('{node}')", f"fill('{node}', '5')", f"select_option('{node}', 'Card')"))

    # The solver.

    def solution(self) -> str | None:
        """What leads on to the aim from this page."""
        return self._to_buy() if self.aim.kind == "buy" else self._to_order()

    def _named_node(self, name: str) -> str | None:
        end = "" if name.endswith("(") else '"'
        match = re.search(rf'^\[(\d+)\] \S+ "{re.escape(name)}{end}', "\n".join(self.page.lines), re.M)
        return match and match[1]

    def _click(self, *names: str) -> str | None:
        return next((f"click('{node}')" for name in names if (node := self._named_node(name))), None)

    def _fill(self, name: str, value: str) -> str:
        return f"fill('{self._named_node(name)}', '{value}')"

    def _to_buy(self) -> str | None:
        aim, where = self.aim, self.at.partition(":")[0]
        wrong = next((n for n, c in self.cart.items() if n != aim.product or c > aim.count), None)
        if wrong:
            return self._click(f"Remove {wrong}", "Cart (")
        missing = aim.count - self.cart.get(aim.product, 0)
        if missing == 0:
            return self._pay() if where == "checkout" else self._click("Check out", "Cart (")
        if self.at == f"product:{aim.product}":
            right = self.form.get("quantity", "1") == str(missing)
            return self._click("Add to cart") if right else self._fill("Quantity", str(missing))
        if where == "home":
            right = self.form.get("search") == aim.product
            return self._click("Search") if right else self._fill("Search products", aim.product)
        if where == "list":
            return self._click(aim.product, "Next", "Home")
        return self._click("Home")

    def _pay(self) -> str | None:
        if not self.form.get("name"):
            return self._fill("Name", self.aim.customer or self.aim.product)
        if self.form.get("code") != "12345":
            return self._fill("Postal code", "12345")
        if self.form.get("payment", "Choose…") == "Choose…":
            return f"select_option('{self._named_node('Payment')}', 'Card')"
        return self._click("Place order")

    def _to_order(self) -> str | None:
        label = {"paid": "Mark as paid", "shipped": "Ship", "cancelled": "Cancel order"}[self.aim.kind]
        if self.at == f"order:{self.aim.order}":
            return self._click(label)
        return self._click(f"#{self.aim.order}", "Orders")


def aims(world: int, rng: random.Random) -> list[Aim]:
    """Two things to buy and two orders to see to in one shop."""
    shop = Shop(world, Aim("", ""), 0)
    made = []
    for p in rng.sample([p for p in shop.products if p.stock], 2):
        count, who = rng.randint(1, min(3, p.stock)), rng.choice(PEOPLE)
        made.append(
            Aim("buy", f"Buy {count} of the {p.name} for {who}, postal code 12345.", p.name, count, customer=who)
        )
    for o in rng.sample([o for o in shop.orders if o.status in ("pending", "paid")] or shop.orders, 1):
        made.append(Aim("cancelled", f"Cancel order {o.number}.", order=o.number))
    for o in [o for o in shop.orders if o.status == "paid"][:1]:
        made.append(Aim("shipped", f"Ship order {o.number} of {o.customer}.", order=o.number, customer=o.customer))
    return made


def tasks(rng: random.Random) -> Tasks:
    """Six shops to train on, six others."""

    def tasks_of(world: int) -> list[Task]:
        wanted = enumerate(aims(world, rng))
        return [Task(f"{world}-{i}", f"shop-{world}", partial(Shop, world, aim)) for i, aim in wanted]

    return draw(rng, 6, 6, tasks_of)


KINDS = [
    Kind("shop", tasks, 2500, 25),
    Kind("shop-nolist", tasks, 2000, 25, lists_actions=False),
]

if __name__ == "__main__":
    main(KINDS, __doc__)
