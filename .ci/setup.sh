# Shared by `run` and `test`: brings what this machine is missing. Sourced, with the checkout as working folder.
# Package sources, proxies and certificates are those that pip, npm and apt are configured with.

# Compiled files belong to the checkout and its environment; without them every start compiles 1,600 modules anew.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

die() { # Vietnamese, English
  say "Lỗi: $1"
  say "Error: $2"
  exit 3
}

digest() { sha256sum "$@" | sha256sum | cut -c1-64; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

can_apt() {
  command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }
}

apt_install() { # packages; one refresh of the lists per run
  say "apt-get install $*"
  if [ -z "${apt_refreshed:-}" ]; then
    as_root apt-get update -qq >/dev/null || say "apt-get update: not complete, going on with the known lists"
    apt_refreshed=1
  fi
  local log
  log=$(mktemp)
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confold "$@" >"$log" 2>&1; then
    tail -20 "$log" >&2
    die "không cài được: $*" "could not install: $*"
  fi
  rm -f "$log"
}

has_postgis() {
  compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null \
    && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

setup_database_programs() {
  [ -z "${PHUSONG_DATABASE_URL:-}" ] || return 0
  # Elsewhere than on Debian and Ubuntu `phusong up` looks for that distribution's own and says what is missing.
  if has_postgis || ! can_apt; then return 0; fi
  # Debian would make and start a cluster of its own on port 5432; where one is set up already, nothing is changed.
  if ! dpkg -s postgresql-common >/dev/null 2>&1; then
    as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  local server
  server=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | cut -d/ -f5 | sort -n | tail -1) || true
  if [ -n "$server" ]; then
    apt_install "postgresql-$server-postgis-3" "postgresql-$server-postgis-3-scripts"
  else
    apt_install postgresql-postgis postgresql-postgis-scripts
  fi
}

find_python() {
  local name
  for name in python3.11 python3 python3.12 python3.13 python3.14; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
      command -v "$name"
      return 0
    fi
  done
  die "cần Python 3.11 đến 3.14." "Python 3.11 to 3.14 is needed."
}

# What uv needs to know of pip's configuration: it does not read it.
adopt_pip_configuration() {
  local index certificates
  index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
  certificates=${PIP_CERT:-$(.venv/bin/python -m pip config get global.cert 2>/dev/null || true)}
  if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX=$index; fi
  if [ -n "$certificates" ] && [ -z "${SSL_CERT_FILE:-}" ]; then export SSL_CERT_FILE=$certificates; fi
  # Debian's pip trusts the machine's certificates, and so shall uv.
  if [ -z "${SSL_CERT_FILE:-}" ] && [ -s /etc/ssl/certs/ca-certificates.crt ]; then
    export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
  fi
  export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-180}
}

# Python reads this file in the letters of the locale, and stops at LC_ALL=C where the folder is called "Tải về".
link_checkout() {
  local file
  for file in .venv/lib/python3*/site-packages/_editable_impl_phusong.pth; do
    echo ../../../.. >"$file.new"
    mv "$file.new" "$file" # the old one may be shared with uv's cache
  done
}

setup_python() { # requirements.lock or requirements-dev.lock
  local lock=$1 stamp python
  stamp=$(digest pyproject.toml "$lock" .ci/setup.sh <(pwd))
  if [ -x .venv/bin/phusong ] && grep -qsx "$lock $stamp" .venv/stamps; then return 0; fi
  python=$(find_python)
  if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      can_apt || die "Python này thiếu venv; hãy cài python3-venv." "this Python has no venv; install python3-venv."
      apt_install python3-venv
    fi
    rm -rf .venv
    "$python" -m venv .venv
  fi
  say "Python: $lock"
  # uv comes from the lock like everything else.
  awk '/^[a-z]/ { ours = /^uv==/ } ours' requirements.lock >.venv/uv.txt
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt
  adopt_pip_configuration
  .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --strict -r "$lock"
  .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --offline --editable .
  link_checkout
  # The checks' environment contains all of the service's, so it serves both.
  {
    echo "$lock $stamp"
    [ "$lock" = requirements.lock ] || echo "requirements.lock $(digest pyproject.toml requirements.lock .ci/setup.sh <(pwd))"
  } >.venv/stamps
}

setup_browser_files() {
  local stamp
  stamp=$(digest package-lock.json)
  if grep -qsx "$stamp" node_modules/.stamp; then return 0; fi
  local npm=npm
  if ! npm --version >/dev/null 2>&1; then
    adopt_pip_configuration
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements-node.lock
    npm=.venv/bin/npm
  fi
  # Like uv, npm shall trust the machine's certificates.
  if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -s /etc/ssl/certs/ca-certificates.crt ]; then
    export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
  fi
  say "npm: package-lock.json"
  PATH="$PWD/.venv/bin:$PATH" "$npm" ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
  echo "$stamp" >node_modules/.stamp
}

setup_browser() {
  if command -v chromium >/dev/null || command -v google-chrome >/dev/null || ! can_apt; then return 0; fi
  # fonts-liberation2 has every Vietnamese letter, fonts-liberation has not.
  apt_install chromium fonts-liberation2
}
