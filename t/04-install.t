#!/bin/sh
# `make install`: what goes where with which mode, an administrator's files stay as they are, and
# systemd finds nothing wrong with the units, nor much that they leave open.
B=${B:-.build/plain}
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PREFIX SYSCONFDIR UNITDIR MANDIR DOCDIR
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0 failed=0

ok() { # ok STATUS NAME [FILE-THAT-SAYS-WHY]
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		failed=$((failed + 1))
		echo "not ok $n - $2"
		[ -z "${3-}" ] || sed 's/^/#   /' "$3"
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# -o all: what is tested here is built already, perhaps with sanitizers.
run_make() {
	make -o all B="$B" "$@" >"$work/log" 2>&1
}

list() { # list FOLDER: every file with its mode
	(cd "$1" && find . ! -type d -printf '%m %P\n' | sort -k 2)
}

cat >"$work/want" <<'END'
644 etc/trivium/parlayx.errors
644 etc/trivium/parlayx.errors.sample
644 etc/trivium/routes
644 etc/trivium/routes.sample
644 etc/trivium/trivium.conf
644 etc/trivium/trivium.conf.sample
755 usr/bin/trivium-sdpsim
755 usr/bin/triviumctl
644 usr/lib/systemd/system/trivium-milter.service
644 usr/lib/systemd/system/triviumd.service
644 usr/lib/sysusers.d/trivium.conf
644 usr/lib/tmpfiles.d/trivium.conf
755 usr/libexec/trivium/trivium-media
755 usr/sbin/trivium-milter
755 usr/sbin/triviumd
644 usr/share/bash-completion/completions/triviumctl
644 usr/share/doc/trivium/README
644 usr/share/doc/trivium/postfix/main.cf
644 usr/share/doc/trivium/postfix/master.cf
644 usr/share/doc/trivium/sendmail/trivium.mc
644 usr/share/man/man5/trivium-tables.5
644 usr/share/man/man5/trivium.conf.5
644 usr/share/man/man8/trivium-milter.8
644 usr/share/man/man8/trivium-sdpsim.8
644 usr/share/man/man8/triviumctl.8
644 usr/share/man/man8/triviumd.8
END
root=$work/root
(umask 077 && run_make install DESTDIR="$root" PREFIX=/usr)
ok $? "make install" "$work/log"
list "$root" >"$work/got"
diff "$work/want" "$work/got" >"$work/diff"
ok $? "every file is in its place with its mode, whatever the umask" "$work/diff"
find "$root" -type d ! -perm 755 ! -path "$root" >"$work/diff"
[ ! -s "$work/diff" ]
ok $? "everybody may go into the folders" "$work/diff"
grep -r -l '@PREFIX@' "$root/usr/lib" >"$work/diff"
[ ! -s "$work/diff" ] && grep -q '^ExecStart=/usr/sbin/triviumd$' "$root/usr/lib/systemd/system/triviumd.service"
ok $? "the units name the programs where they are" "$work/diff"
ls man | while read -r page; do
	[ -f "$root/usr/share/man/man${page##*.}/$page" ] || echo "$page"
done >"$work/diff"
[ ! -s "$work/diff" ]
ok $? "every page is installed" "$work/diff"

echo '# mine' >>"$root/etc/trivium/trivium.conf"
chmod 640 "$root/etc/trivium/trivium.conf"
cp -p "$root/etc/trivium/trivium.conf" "$work/mine"
rm "$root/etc/trivium/routes.sample"
run_make install DESTDIR="$root" PREFIX=/usr
ok $? "make install again" "$work/log"
cmp -s "$root/etc/trivium/trivium.conf" "$work/mine" &&
	[ "$(stat -c %a "$root/etc/trivium/trivium.conf")" = 640 ] && grep -q '^kept .*trivium.conf' "$work/log"
ok $? "a changed configuration stays, and that is said" "$work/log"
cmp -s "$root/etc/trivium/trivium.conf.sample" etc/trivium.conf && [ -f "$root/etc/trivium/routes.sample" ]
ok $? "the new sample is beside it"

touch "$root/etc/trivium/routes.db"
run_make uninstall DESTDIR="$root" PREFIX=/usr
ok $? "make uninstall" "$work/log"
list "$root" >"$work/got"
printf '%s\n' parlayx.errors routes routes.db trivium.conf | sed 's|^|etc/trivium/|' >"$work/want"
sed 's/^[0-9]* //' "$work/got" | diff "$work/want" - >"$work/diff"
ok $? "only the configuration is left" "$work/diff"

root=$work/local
run_make install DESTDIR="$root" SYSCONFDIR=/usr/local/etc/trivium &&
	[ -f "$root/usr/local/lib/systemd/system/triviumd.service" ] &&
	[ -f "$root/usr/local/share/man/man5/trivium.conf.5" ] && [ -x "$root/usr/local/sbin/triviumd" ]
ok $? "without PREFIX all goes below /usr/local" "$work/log"
! grep '[^l]/etc/trivium' "$root/usr/local/etc/trivium/trivium.conf" >"$work/diff"
ok $? "the sample names its tables where they are" "$work/diff"

if command -v systemd-analyze >/dev/null; then
	mkdir "$work/units"
	bin=$(cd "$B" && pwd -P)
	for unit in triviumd trivium-milter; do
		sed "s|@PREFIX@/sbin|$bin|" "etc/systemd/$unit.service" >"$work/units/$unit.service"
	done
	systemd-analyze verify --man=no "$work"/units/*.service >"$work/log" 2>&1 && [ ! -s "$work/log" ]
	ok $? "systemd finds nothing wrong with the units" "$work/log"
	for unit in triviumd trivium-milter; do
		systemd-analyze security --no-pager --offline=true --threshold=20 \
			"$work/units/$unit.service" >"$work/log" 2>&1
		ok $? "$unit.service leaves little open: $(sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p' "$work/log") of at most 2.0" "$work/log"
	done
else
	skip "systemd finds nothing wrong with the units" "there is no systemd-analyze"
fi
if command -v systemd-sysusers >/dev/null; then
	mkdir -p "$work/sys/etc"
	systemd-sysusers --root="$work/sys" "$PWD/etc/systemd/trivium.sysusers" >"$work/log" 2>&1 &&
		grep -q '^trivium:.*:/var/lib/trivium:' "$work/sys/etc/passwd"
	ok $? "sysusers makes the user" "$work/log"
else
	skip "sysusers makes the user" "there is no systemd-sysusers"
fi
if command -v systemd-tmpfiles >/dev/null && [ -f "$work/sys/etc/passwd" ]; then
	echo 'postfix:x:4711:' >>"$work/sys/etc/group"
	systemd-tmpfiles --create --root="$work/sys" "$PWD/etc/systemd/trivium.tmpfiles" >"$work/log" 2>&1
	[ "$(stat -c %a:%g "$work/sys/var/spool/postfix/trivium" 2>>"$work/log")" = 2750:4711 ] &&
		[ "$(stat -c %a "$work/sys/run/trivium" "$work/sys/var/lib/trivium" | sort -u)" = 750 ]
	ok $? "tmpfiles makes the folders" "$work/log"
else
	skip "tmpfiles makes the folders" "there is no systemd-tmpfiles, or no user"
fi
echo "1..$n"
[ "$failed" = 0 ]
