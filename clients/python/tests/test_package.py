from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import dreamgym
from dreamgym import ActionText, UnicodeText, aio, browsergym, minari, trl


def test_all_is_what_is_public() -> None:
    submodules = {"aio", "browsergym", "minari", "rl", "sb3", "trl"}
    public = {n for n in vars(dreamgym) if not n.startswith("_")} - submodules
    assert public | {"__version__"} == set(dreamgym.__all__)
    assert list(dreamgym.__all__) == sorted(dreamgym.__all__)


DEFINED = [
    (aio, ["dreamgym._aclient", "dreamgym.aio"]),
    (browsergym, ["dreamgym.browsergym"]),
    (minari, ["dreamgym.minari"]),
    (trl, ["dreamgym.trl"]),
]


@pytest.mark.parametrize(("module", "own"), DEFINED)
def test_all_of_a_module_is_what_it_defines(module: ModuleType, own: list[str]) -> None:
    defined = {n for n, v in vars(module).items() if not n.startswith("_") and getattr(v, "__module__", "") in own}
    assert defined == set(module.__all__)


def test_every_code_of_the_wire_has_its_class() -> None:
    source = Path(__file__).parents[3] / "envserver" / "gym" / "errors.go"
    codes = set(re.findall(r'Code = "(\w+)"', source.read_text()))
    classes = {
        kind.code: kind
        for name in dreamgym.__all__
        if isinstance(kind := getattr(dreamgym, name), type) and issubclass(kind, dreamgym.DreamGymError)
    }
    assert codes == set(classes) - {"connection_lost", "protocol_error"}
    retried = set(re.findall(r"\{(Code\w+), [^\n]*, true\}", source.read_text()))
    names = dict(re.findall(r'(Code\w+) +Code = "(\w+)"', source.read_text()))
    assert {names[r] for r in retried} == {c for c in codes if classes[c].retry}


@pytest.mark.parametrize(
    ("text", "inside"), [("", True), ("naïve ☂\n", True), ("a" * 10, True), ("☂" * 4, False), (1, False)]
)
def test_unicode_text(text: object, inside: bool) -> None:
    assert (text in UnicodeText(11)) is inside


def test_samples_are_members_and_follow_the_seed() -> None:
    space, same = UnicodeText(5, seed=1), UnicodeText(5, seed=1)
    drawn = [space.sample() for _ in range(50)]
    assert drawn == [same.sample() for _ in range(50)]
    assert all(d in space for d in drawn)
    assert space == same != ActionText(5)


def test_actions_are_drawn_from_what_was_offered() -> None:
    space = ActionText(100, seed=1)
    space.offer(["a", "b"])
    assert {space.sample() for _ in range(50)} == {"a", "b"}
    space.offer([])
    assert all(space.sample().strip() for _ in range(200))


def test_launch_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DREAMGYM_ENVSERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(dreamgym.NotAvailableError, match="no envserver"), dreamgym.launch():
        pass
    with pytest.raises(dreamgym.NotAvailableError, match="nowhere"), dreamgym.launch(binary="nowhere/envserver"):
        pass


def test_launch_says_why_a_server_ended(tmp_path: Path) -> None:
    script = tmp_path / "envserver"
    script.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('the data folder is locked')\n")
    script.chmod(0o755)
    with pytest.raises(dreamgym.ConnectionLostError, match="locked"), dreamgym.launch(binary=script):
        pass
