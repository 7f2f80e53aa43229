#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs what is missing on this machine, and lists it:
#
#	testenv/deps.sh build|run|test|vm|compilers|bare|bench|package
#
# build: to build the lessons, and to work through them on another machine; run:
# on this one, which must be able to; test: also what the tests need; vm: also
# what the tests under other kernels need; compilers: also each clang that Debian
# or Ubuntu has; bare: also to make bare machines; bench: to build and to
# measure; package: to build and to make packages. Debian and Ubuntu by apt,
# Fedora and its kin by dnf; elsewhere it names what is needed. Changes nothing
# where nothing is missing.

set -euo pipefail

# What to look for (a command, pc:NAME for pkg-config, or rt:NAME for a part
# of clang's runtime) and the packages that have it: for apt, for dnf.
# Alternatives with a slash between.
readonly RUN='
clang		clang			clang
cc		gcc			gcc
pkg-config	pkg-config		pkgconf-pkg-config
pc:libbpf	libbpf-dev		libbpf-devel
pc:libxdp	libxdp-dev		libxdp-devel
pc:libelf	libelf-dev		elfutils-libelf-devel
pc:zlib		zlib1g-dev		zlib-devel
pc:libmicrohttpd	libmicrohttpd-dev	libmicrohttpd-devel
pc:libmnl	libmnl-dev		libmnl-devel
pc:jansson	libjansson-dev		jansson-devel
pc:libnftables	libnftables-dev		nftables-devel
pc:libcurl	libcurl4-openssl-dev	libcurl-devel
xdp-loader	xdp-tools		xdp-tools
bpftool		bpftool/linux-tools-generic	bpftool
ip		iproute2		iproute
tc		iproute2		iproute-tc
ping		iputils-ping		iputils
ethtool		ethtool			ethtool
tcpdump		tcpdump			tcpdump
jq		jq			jq
socat		socat			socat
nft		nftables		nftables
column		bsdextrautils/bsdmainutils	util-linux
sysctl		procps			procps-ng
flock		util-linux		util-linux-core
curl		curl			curl
busybox		busybox-static/busybox	busybox
'
readonly TEST='
bats		bats			bats
shellcheck	shellcheck		ShellCheck
clang-format	clang-format		clang-tools-extra
clang-tidy	clang-tidy		clang-tools-extra
languages	locales			glibc-locale-source
rt:fuzzer	libclang-rt-dev/libclang-rt-14-dev	compiler-rt
'
readonly VM='
qemu-system-x86_64	qemu-system-x86	qemu-system-x86-core
virtiofsd	virtiofsd/qemu-system-common	virtiofsd
modprobe	kmod			kmod
cpio		cpio			cpio
mkfs.erofs	erofs-utils		erofs-utils
unxz		xz-utils		xz
'
readonly BARE='
debootstrap	debootstrap		debootstrap
'
readonly BENCH='
gnuplot		gnuplot-nox		gnuplot-minimal
iperf3		iperf3			iperf3
sockperf	sockperf		sockperf
'
readonly PACKAGE='
dpkg-deb	dpkg			dpkg
dpkg-shlibdeps	dpkg-dev		dpkg-dev
rpmbuild	rpm			rpm-build
'

die()
{
	echo "deps: error: $*" >&2
	exit 1
}

have()
{
	case $1 in
	pc:*)
		# shellcheck disable=SC2086 # perhaps several names
		pkg-config --exists ${1#pc:} 2>/dev/null
		;;
	bpftool) bpftool version >/dev/null 2>&1 ;;
	languages) [[ -e /usr/share/i18n/locales/tr_TR ]] ;;
	virtiofsd) [[ -x /usr/libexec/virtiofsd || -x /usr/lib/qemu/virtiofsd ]] ;;
	rt:*) compgen -G "$(clang -print-resource-dir 2>/dev/null)/lib/*/*_rt.${1#rt:}*" >/dev/null ;;
	*) type -P "$1" >/dev/null ;;
	esac
}

# Sets missing_apt and missing_dnf. (All libraries are asked for at once, and
# one by one only where that fails.)
look()
{
	local what apt dnf libraries

	missing_apt=() missing_dnf=()
	mapfile -t libraries < <(grep -o 'pc:[^[:blank:]]*' <<<"$1")
	have "pc:${libraries[*]#pc:}" || libraries=()
	while read -r what apt dnf; do
		if [[ -z $what || " ${libraries[*]} " == *" $what "* ]] ||
			have "$what"; then
			continue
		fi
		missing_apt+=("$apt")
		missing_dnf+=("$dnf")
	done <<<"$1"
}

# Each version of clang from 14 on that this release has, as lines of what to look for.
compilers()
{
	apt-get -q update >/dev/null
	apt-cache search --names-only '^clang-[0-9]+$' |
		awk -F '[- ]' '$2 >= 14 { print "clang-" $2, "clang-" $2, "clang" }'
}

install_apt()
{
	local choice packages=()

	export DEBIAN_FRONTEND=noninteractive
	apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 || return
	for choice in "${missing_apt[@]}"; do
		# Of two names the first that this release has. (A virtual
		# package, as Ubuntu's bpftool, is a name that nothing has.)
		if [[ $choice == */* &&
			$(LC_ALL=C apt-cache policy "${choice%%/*}") != *"Candidate: "[^\(]* ]]; then
			choice=${choice#*/}
		fi
		packages+=("${choice%%/*}")
	done
	echo "Installing: ${packages[*]}"
	apt-get -q -y -o DPkg::Lock::Timeout=300 install \
		--no-install-recommends "${packages[@]}" >>"$log" 2>&1
}

# Ubuntu's bpftool is a script that looks for the one of the running kernel, and
# there is none for WSL2's or for one that was built by hand. One for another
# kernel does as well.
link_bpftool()
{
	local tool link=/usr/local/sbin/bpftool

	[[ ! -e $link ]] || return 0
	for tool in /usr/lib/linux-tools/*/bpftool; do
		if ! have bpftool && "$tool" version >/dev/null 2>&1; then
			echo "Linking $link to $tool"
			mkdir -p "${link%/*}"
			ln -sf "$tool" $link
			hash -r
		fi
	done
}

install_dnf()
{
	echo "Installing: ${missing_dnf[*]}"
	dnf -q -y install "${missing_dnf[@]}" >"$log" 2>&1
}

install_missing()
{
	if ! have apt-get && ! have dnf; then
		die "neither apt nor dnf is here. These are needed (Debian's" \
			"names): ${missing_apt[*]}"
	fi
	((EUID == 0)) ||
		die "only root can install what is missing (sudo make deps):" \
			"${missing_apt[*]}"
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	if have apt-get; then
		install_apt
	else
		install_dnf
	fi || {
		tail -n 20 "$log" >&2
		die "the packages could not be installed. Debian 12," \
			"Ubuntu 24.04 and later have them"
	}
	link_bpftool
	look "$wanted"
	((${#missing_apt[@]} == 0)) ||
		die "still missing after that: ${missing_apt[*]}"
}

# at_least MINIMUM VERSION
at_least()
{
	[[ $(printf '%s\n' "$@" | sort -V | head -n 1) == "$1" ]]
}

# What no package mends, before any is installed.
check_machine()
{
	local release ids

	release=$(uname -r)
	at_least 6.1 "$release" ||
		die "Linux $release is too old: boot one of 6.1 or later"
	[[ -r /sys/kernel/btf/vmlinux ]] ||
		die "this kernel has no BTF (/sys/kernel/btf/vmlinux): boot one" \
			"with CONFIG_DEBUG_INFO_BTF=y, as distributions build it"
	((EUID == 0)) || return 0
	read -r _ _ ids </proc/self/uid_map
	if ((ids < 4294967295)) || ! unshare --net --mount true 2>/dev/null; then
		die "root in this container may not load programs into the" \
			"kernel: docker run --privileged, as root, or a VM"
	fi
	[[ $(cat /sys/kernel/security/lockdown 2>/dev/null) != *"[confidentiality]"* ]] ||
		echo "deps: warning: t drops and t trace cannot work, the kernel" \
			"is locked down: boot with lockdown=integrity" >&2
}

check_versions()
{
	local what minimum version

	while read -r what minimum; do
		if [[ $what == clang ]]; then
			version=$(clang -dumpversion)
		else
			version=$(pkg-config --modversion "$what")
		fi
		at_least "$minimum" "$version" ||
			die "$what $version is too old: $minimum or later is" \
				"needed, as Debian 12, Ubuntu 24.04 and later" \
				"have it"
	done <<-'END'
	clang 14
	libbpf 1.1
	libxdp 1.3
	END
}

case ${1-} in
build | run) wanted=$RUN ;;
test) wanted=$RUN$TEST$BENCH$PACKAGE ;;
vm) wanted=$RUN$TEST$BENCH$PACKAGE$VM ;;
compilers) wanted=$RUN$TEST$BENCH$PACKAGE$VM$(compilers) ;;
bare) wanted=$RUN$BARE ;;
bench) wanted=$RUN$BENCH ;;
package) wanted=$RUN$PACKAGE ;;
*) die "usage: testenv/deps.sh build|run|test|vm|compilers|bare|bench|package" ;;
esac
# Root's programs, also where only a user's PATH was handed on.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

[[ $1 == build || $1 == package ]] || check_machine
look "$wanted"
((${#missing_apt[@]} == 0)) || install_missing
check_versions
