"""Puts the server's program into the wheel, where there are its source and Go to build it.

An editable install has none inside, and neither has a wheel that is built with DREAMGYM_NO_SERVER set, without
Go, or from anything but a checkout; `dreamgym.launch` then looks elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path("dreamgym", "bin", "envserver.exe" if os.name == "nt" else "envserver")


def why_not() -> str:
    """Tell why the wheel gets no server; "" where it gets one."""
    if os.environ.get("DREAMGYM_NO_SERVER"):
        return "DREAMGYM_NO_SERVER is set"
    if not (ROOT / "envserver" / "main.go").exists():
        return "its source is not here: build in a checkout of the repository"
    if shutil.which("go") is None:
        return "Go was not found: install Go 1.26 or newer from https://go.dev/dl"
    return ""


class Package(Distribution):
    """Is of one platform where it gets the server."""

    def has_ext_modules(self) -> bool:
        """Tell setuptools so in its own words."""
        return not why_not()


class BuildPy(build_py):
    """Builds the server beside the modules."""

    def run(self) -> None:
        """Copy the modules, then build the server."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib).resolve() / PROGRAM
        target.unlink(missing_ok=True)  # that of an earlier build
        if reason := why_not():
            print(f"dreamgym: the wheel is without the server, for {reason}", file=sys.stderr)
            return
        build_server(target)


def build_server(target: Path) -> None:
    """Build the server's program: one file, which needs no library."""
    command = ["go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", str(target), "./envserver"]
    try:
        subprocess.run(command, cwd=ROOT, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    except subprocess.CalledProcessError as e:
        raise SystemExit(
            f"dreamgym: `{' '.join(command)}` in {ROOT} ended with status {e.returncode}. Mend that, or set "
            "DREAMGYM_NO_SERVER=1 for a client without the server."
        ) from e


class Wheel(bdist_wheel):
    """Tags the wheel with the platform of the server, and with no version of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        """Answer the wheel's tag."""
        if self.root_is_pure:
            return super().get_tag()
        return "py3", "none", platform()


def platform() -> str:
    """Answer the platform's tag. On Linux the program is static: it runs with any C library."""
    name = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    machine = name.removeprefix("linux_")
    return f"manylinux_2_17_{machine}.musllinux_1_1_{machine}" if machine != name else name


setup(distclass=Package, cmdclass={"build_py": BuildPy, "bdist_wheel": Wheel})
