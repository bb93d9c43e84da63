#!/usr/bin/env bash
# ./run_maya.sh                     set up what is missing, then open the bar
# ./run_maya.sh test [pytest args]  set up what is missing, then run the whole test suite
# ./run_maya.sh kokoro              add Kokoro, a neural local voice (75 MB)
# ./run_maya.sh tools               set up what is missing, tools for tests and lint included, and stop
# Needs bash and Python 3.11 or newer. PYTHON=/path/to/python chooses another one for a new .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# Without byte code every start would compile everything again, three times as long.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*"; }
fail() {
    printf 'Maya: %s\n' "$*" >&2
    exit 1
}

runs() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local version name
    # A name on PATH may be a shim that cannot run, so each is tried; pyenv's own are behind such shims.
    for version in 3.12 3.13 3.11 3.14 3; do
        for name in ${PYTHON:+"$PYTHON"} "python$version" "${PYENV_ROOT:-${HOME-}/.pyenv}/versions/$version".*/bin/python; do
            if runs "$name"; then
                "$name" -c 'import sys; print(sys.executable)'
                return
            fi
        done
    done
    fail "no Python 3.11 or newer was found. Install one, or name it: PYTHON=/path/to/python ./run_maya.sh"
}

make_venv() {
    if [ -x .venv/bin/python ] && runs .venv/bin/python; then return; fi
    local python
    python=$(find_python) || exit 1
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "$python cannot make a virtual environment. On Debian: apt-get install python3-venv"
    say "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
}

# install NAME: the locked requirements/NAME.txt, only when the lock is not the one that was installed last.
install() {
    local lock=requirements/$1.txt stamp=.venv/installed-$1.txt log=.venv/install.log
    if cmp -s "$lock" "$stamp"; then return; fi
    say "Installing $(grep -c '^[a-z]' "$lock") locked packages into .venv, about half a minute ..."
    # Byte code is written for what is imported, when it is: half of the packages' modules never are.
    if ! .venv/bin/python -m pip install --disable-pip-version-check --no-compile --no-deps --require-hashes \
        --requirement "$lock" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        fail "the packages of $lock could not be installed; the whole story is in $log"
    fi
    cp "$lock" "$stamp"
}

# Whoever asks for the tests' tools gets them with the one resolution that base.txt is part of.
install_dev() {
    install dev
    cp requirements/base.txt .venv/installed-base.txt
    install voice
}

open_the_bar() {
    make_venv
    install base
    install voice
    if [ ! -e .env ]; then
        cp .env.example .env
        say "Copied .env.example to .env: put keys there, none is needed."
    fi
    .venv/bin/python manage.py prepare
    exec .venv/bin/python -m deploy.serve
}

javascript_tests() {
    local file files=()
    while read -r file; do files+=("$file"); done < <(find tests/js -name '*.test.mjs' | sort)
    if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' >/dev/null 2>&1; then
        say "JavaScript tests: skipped, no Node.js 18 or newer was found. On Debian: apt-get install nodejs"
    elif [ ${#files[@]} -eq 0 ]; then
        say "JavaScript tests: there are none in tests/js."
    else
        say "JavaScript tests: ${#files[@]} files, Node.js $(node --version)"
        node --test --test-reporter=spec "${files[@]}"
    fi
}

python_tests() {
    local argument workers=(-n 2)
    for argument in "$@"; do
        case $argument in
        -n* | --numprocesses* | --pdb | --trace | no:xdist) workers=() ;;
        esac
    done
    .venv/bin/python -m pytest ${workers[@]+"${workers[@]}"} "$@"
}

# The client that other people's pages use, for the test that connects it. Without it that test is skipped.
stock_client() {
    local folder=tests/rtvi_client
    if cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then return; fi
    if ! command -v npm >/dev/null; then
        say "The stock RTVI client is not tested: no npm was found."
    elif (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=0 --fetch-timeout=20000) >/dev/null 2>&1; then
        cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    else
        say "The stock RTVI client is not tested: npm could not fetch it."
    fi
}

run_the_tests() {
    make_venv
    install_dev
    stock_client
    local failed=0
    javascript_tests || failed=1
    python_tests "$@" || failed=$?
    exit "$failed"
}

# Each word on lines of its own: in `one && two` a failure inside `one` would not stop it.
case ${1-} in
"") open_the_bar ;;
test)
    shift
    run_the_tests "$@"
    ;;
tools)
    make_venv
    install_dev
    ;;
kokoro)
    make_venv
    install base
    install kokoro
    ;;
*)
    sed -n '2,6s/^# //p' "$0"
    exit 2
    ;;
esac
