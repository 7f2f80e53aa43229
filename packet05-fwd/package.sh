#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes packages of fwd and fwdctl, for Debian and for Fedora:
#
#	packet05-fwd/package.sh FOLDER
#
# FOLDER gets each of them by the name that its distribution has for it, and
# as fwd-VERSION-ARCHITECTURE.deb and .rpm. What is packed must have been
# built: `make package` in the root does both.

set -euo pipefail

readonly VERSION=0.1.0 RELEASE=0
readonly SUMMARY="Forwarding plane in XDP with a control service"
readonly ABOUT="fwd forwards packets between devices before the kernel's stack sees them,
and lets others read and write its tables over HTTP. fwdctl is its client."

lesson=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
mkdir -p "${1:?usage: packet05-fwd/package.sh FOLDER}"
out=$(readlink -f "$1")
machine=$(cc -dumpmachine) machine=${machine%%-*}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# stage DIR: the files as they shall be installed
stage()
{
	install -D -s "$lesson/fwd-packaged" "$1/usr/sbin/fwd"
	install -D -s "$lesson/fwdctl" "$1/usr/bin/fwdctl"
	install -D -m 644 -t "$1/usr/lib/fwd" "$lesson"/*_kern.o
	install -D -m 644 "$lesson/README.md" "$1/usr/share/doc/fwd/README.md"
	install -D -m 644 "$lesson/../LICENSE" "$1/usr/share/doc/fwd/copyright"
}

# The packages that have the libraries, as Debian's tools find them.
libraries()
{
	mkdir -p "$work/depends/debian"
	printf 'Source: fwd\n\nPackage: fwd\nArchitecture: any\n' \
		>"$work/depends/debian/control"
	(cd "$work/depends" && dpkg-shlibdeps -O \
		-e"$work/deb/usr/sbin/fwd" -e"$work/deb/usr/bin/fwdctl") |
		sed 's/^shlibs:Depends=//'
}

make_deb()
{
	local arch
	arch=$(dpkg --print-architecture)

	stage "$work/deb"
	mkdir "$work/deb/DEBIAN"
	cat >"$work/deb/DEBIAN/control" <<-END
	Package: fwd
	Version: $VERSION-$RELEASE
	Architecture: $arch
	Maintainer: The packet lessons <root@localhost>
	Section: net
	Priority: optional
	Depends: $(libraries)
	Description: $SUMMARY
	 ${ABOUT//$'\n'/$'\n' }
	END
	dpkg-deb --root-owner-group --build "$work/deb" \
		"$out/fwd_$VERSION-${RELEASE}_$arch.deb" >/dev/null
	cp "$out/fwd_$VERSION-${RELEASE}_$arch.deb" \
		"$out/fwd-$VERSION-$RELEASE-$machine.deb"
}

# The object is no program of this machine: nothing is to be done to it.
make_rpm()
{
	stage "$work/rpm"
	cat >"$work/fwd.spec" <<-END
	%global debug_package %{nil}
	%global _build_id_links none
	%global __os_install_post %{nil}
	Name: fwd
	Version: $VERSION
	Release: $RELEASE
	Summary: $SUMMARY
	License: GPL-2.0-only
	%description
	$ABOUT
	%install
	cp -a "$work/rpm/." "%{buildroot}"
	%files
	/usr/sbin/fwd
	/usr/bin/fwdctl
	/usr/lib/fwd
	/usr/share/doc/fwd
	END
	rpmbuild -bb --quiet --target "$machine" --define "_topdir $work/rpmbuild" \
		--define "_rpmdir $out" --define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" \
		"$work/fwd.spec" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		return 1
	}
	cp "$out/fwd-$VERSION-$RELEASE.$machine.rpm" \
		"$out/fwd-$VERSION-$RELEASE-$machine.rpm"
}

make_deb
make_rpm
ls "$out"
