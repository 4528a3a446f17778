# Sourced by run, test and publish: installs Debian packages that are missing, and nothing when all are there.

# The first use of the SDK is silent and changes nothing outside of this directory.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false

# need PACKAGE... : installs those of the packages that are not installed.
need() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# need_node : Node.js and npm, from Debian unless a node of another origin is on the path.
need_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then need nodejs npm; fi
}

need_dotnet() {
  command -v dotnet >/dev/null && return
  echo "The .NET SDK is missing: the dotnet command is not on the path. Install .NET SDK 10 (https://dot.net), then run this again." >&2
  exit 1
}

install_packages() {
  local root=() policy=/usr/sbin/policy-rc.d wrote_policy=no
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
      printf 'Missing Debian packages: %s\nInstall them as root, then run this again:\n  apt-get install --no-install-recommends %s\n' "$*" "$*" >&2
      exit 1
    fi
    root=(sudo)
  fi
  if ! command -v apt-get >/dev/null; then
    printf 'Missing: %s. These are the names of Debian packages; install what provides them on this system, then run this again.\n' "$*" >&2
    exit 1
  fi
  echo "Installing with apt-get: $*"
  # Without this answer Debian starts a service as soon as it is installed; tests start their own on free ports.
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null
    "${root[@]}" chmod 755 $policy
    wrote_policy=yes
  fi
  local code=0
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq -o DPkg::Lock::Timeout=300 </dev/null || code=$?
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" </dev/null >/tmp/estafette-apt.$$ 2>&1 || code=$?
  [ $wrote_policy = no ] || "${root[@]}" rm -f $policy
  if [ $code != 0 ]; then
    tail -20 /tmp/estafette-apt.$$ >&2
    echo "apt-get could not install: $*" >&2
    exit 1
  fi
  rm -f /tmp/estafette-apt.$$
}
