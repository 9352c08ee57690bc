"""Records a simulated shell over small file trees.

    python shell.py --out recordings

States are what the command printed, so most are empty or short, and everything else has
to be remembered. Goals ask for a file to be somewhere, a folder to be made or gone.
"""

from __future__ import annotations

import posixpath
import random
from functools import partial

from recorder import Kind, Outcome, Task, Tasks, draw, main

NAMES = (
    "notes.txt",
    "todo.md",
    "app.py",
    "data.csv",
    "readme.md",
    "config.yaml",
    "photo.png",
    "log.txt",
    "main.go",
    "draft.txt",
)
FOLDERS = ("docs", "src", "backup", "tmp", "archive", "images", "reports")
LINES = (
    "buy milk",
    "TODO: fix the tests",
    "id,name",
    "1,ada",
    "port: 8080",
    "debug: true",
    "hello",
    "print('hi')",
    "error: disk full",
)


class Shell:
    """A tree of folders (None) and files (their text), by absolute path."""

    def __init__(self, world: int, goal: str, wanted: str, gone: str, plan: tuple[str, ...], _seed: int) -> None:
        rng = random.Random(world)
        self.goal, self._wanted, self._gone, self._plan = goal, wanted, gone, list(plan)
        self.tree: dict[str, str | None] = {"/": None}
        for folder in rng.sample(FOLDERS, 3):
            self.tree[f"/{folder}"] = None
        for parent in [*self.tree]:
            for name in rng.sample(NAMES, 3 if parent == "/" else 2):
                self.tree[posixpath.join(parent, name)] = "\n".join(rng.sample(LINES, rng.randint(1, 3)))
        self.cwd = "/"

    def reset(self) -> str:
        """Shows a prompt."""
        return "/ $"

    def _path(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self.cwd, name))

    def _inside(self, folder: str) -> list[str]:
        return sorted(p for p in self.tree if p != "/" and posixpath.dirname(p) == folder)

    def step(self, action: str) -> Outcome:
        """Runs a command line; the state is its output and the next prompt."""
        verb, *names = action.split()
        run = {
            "ls": self._ls,
            "cd": self._cd,
            "cat": self._cat,
            "mkdir": self._mkdir,
            "rm": self._rm,
            "mv": self._mv,
            "cp": self._cp,
            "touch": self._touch,
            "pwd": self._pwd,
            "wc": self._wc,
        }.get(verb)
        out = run(names) if run else f"sh: {verb}: command not found"
        if self._plan and self._plan[0] == action:
            self._plan.pop(0)
        won = (not self._wanted or self._wanted in self.tree) and (not self._gone or self._gone not in self.tree)
        return Outcome(f"{out}\n{self.cwd} $" if out else f"{self.cwd} $", float(won), won)

    def _pwd(self, _: list[str]) -> str:
        return self.cwd

    def _ls(self, names: list[str]) -> str:
        path = self._path(names[0]) if names else self.cwd
        if path not in self.tree:
            return f"ls: cannot access '{names[0]}': No such file or directory"
        if self.tree[path] is not None:
            return names[0]
        return "  ".join(posixpath.basename(p) + ("/" if self.tree[p] is None else "") for p in self._inside(path))

    def _cd(self, names: list[str]) -> str:
        path = self._path(names[0] if names else "/")
        if path not in self.tree:
            return f"cd: {names[0]}: No such file or directory"
        if self.tree[path] is not None:
            return f"cd: {names[0]}: Not a directory"
        self.cwd = path
        return ""

    def _cat(self, names: list[str]) -> str:
        text = self.tree.get(self._path(names[0]), "")
        if self._path(names[0]) not in self.tree:
            return f"cat: {names[0]}: No such file or directory"
        return f"cat: {names[0]}: Is a directory" if text is None else text

    def _wc(self, names: list[str]) -> str:
        text = self.tree.get(self._path(names[0]))
        if text is None:
            return f"wc: {names[0]}: " + (
                "Is a directory" if self._path(names[0]) in self.tree else "No such file or directory"
            )
        return f"{len(text.splitlines())} {len(text.split())} {len(text)} {names[0]}"

    def _mkdir(self, names: list[str]) -> str:
        path = self._path(names[0])
        if path in self.tree:
            return f"mkdir: cannot create directory '{names[0]}': File exists"
        self.tree[path] = None
        return ""

    def _touch(self, names: list[str]) -> str:
        self.tree.setdefault(self._path(names[0]), "")
        return ""

    def _rm(self, names: list[str]) -> str:
        deep = names[0] == "-r"
        name = names[-1]
        path = self._path(name)
        if path not in self.tree:
            return f"rm: cannot remove '{name}': No such file or directory"
        if self.tree[path] is None and not deep:
            return f"rm: cannot remove '{name}': Is a directory"
        if self.cwd == path or self.cwd.startswith(path + "/") or path == "/":
            return f"rm: refusing to remove '{name}'"
        for p in [p for p in self.tree if p == path or p.startswith(path + "/")]:
            del self.tree[p]
        return ""

    def _transfer(self, verb: str, names: list[str]) -> tuple[str, str, str]:
        source, target = self._path(names[0]), self._path(names[1])
        if source not in self.tree:
            return source, target, f"{verb}: cannot stat '{names[0]}': No such file or directory"
        if self.tree[source] is None:
            return source, target, f"{verb}: -r not specified; omitting directory '{names[0]}'"
        if self.tree.get(target, "") is None:
            target = posixpath.join(target, posixpath.basename(source))
        if posixpath.dirname(target) not in self.tree:
            return source, target, f"{verb}: cannot create '{names[1]}': No such file or directory"
        if source == target:
            return source, target, f"{verb}: '{names[0]}' and '{names[1]}' are the same file"
        return source, target, ""

    def _mv(self, names: list[str]) -> str:
        source, target, fault = self._transfer("mv", names)
        if not fault:
            self.tree[target] = self.tree.pop(source)
        return fault

    def _cp(self, names: list[str]) -> str:
        source, target, fault = self._transfer("cp", names)
        if not fault:
            self.tree[target] = self.tree[source]
        return fault

    def admissible(self) -> list[str]:
        """Commands over what is here."""
        here = [posixpath.basename(p) for p in self._inside(self.cwd)]
        folders = [n for n in here if self.tree[self._path(n)] is None]
        files = [n for n in here if n not in folders]
        listed = ["ls", "pwd", "mkdir new"] + [f"cd {n}" for n in folders] + [f"ls {n}" for n in folders]
        listed += [f"{verb} {n}" for n in files for verb in ("cat", "rm", "wc")] + [f"rm -r {n}" for n in folders]
        listed += [f"{verb} {n} {f}" for n in files for f in folders for verb in ("mv", "cp")]
        return listed + (["cd .."] if self.cwd != "/" else [])

    def solution(self) -> str | None:
        """The plan's next command."""
        return self._plan[0] if self._plan else None

    def stray(self, rng: random.Random) -> str | None:
        """A command over something that may not be here."""
        name, folder = rng.choice(NAMES), rng.choice(FOLDERS)
        return rng.choice(
            (
                f"cat {name}",
                f"cd {folder}",
                f"cd {name}",
                f"rm {folder}",
                f"mkdir {folder}",
                f"mv {name} {folder}",
                f"ls {folder}",
                f"grep {name}",
                f"cp {name} {folder}",
                "cd ..",
            )
        )


def tasks_in(world: int, rng: random.Random) -> list[Task]:
    """Four tasks over one tree."""
    tree = Shell(world, "", "", "", (), 0).tree
    folders = [p for p, text in tree.items() if text is None and p != "/"]
    files = [p for p, text in tree.items() if text is not None]
    a, b = rng.sample(folders, 2)
    inner = next(p for p in files if p.startswith(a))
    name = posixpath.basename(inner)
    top = next(p for p in files if p.count("/") == 1)[1:]
    made = [
        (f"Move {name} from {a[1:]} to {b[1:]}.", f"{b}/{name}", inner, (f"cd {a[1:]}", "ls", f"mv {name} ../{b[1:]}")),
        (f"Put a copy of {top} into {a[1:]}.", f"{a}/{top}", "", ("ls", f"cat {top}", f"cp {top} {a[1:]}")),
        (f"Delete the folder {b[1:]}.", "", b, ("ls", f"rm -r {b[1:]}")),
        (f"Make a folder new in {a[1:]}.", f"{a}/new", "", (f"cd {a[1:]}", "mkdir new")),
    ]
    return [
        Task(f"tree-{world}-{i}", f"tree-{world}", partial(Shell, world, *aim))
        for i, aim in enumerate(made)
        if aim[1] not in tree
    ]


def tasks(rng: random.Random) -> Tasks:
    """Ten trees to train on, seven others."""
    return draw(rng, 10, 7, lambda world: tasks_in(world, rng))


KINDS = [Kind("shell", tasks, 2500, 20, lists_actions=False)]

if __name__ == "__main__":
    main(KINDS, __doc__)
