#!/bin/sh
# `make demo DEMO=once`, whose exit code must be true, and which must leave nothing running.
cd "$(dirname "$0")/.." || exit 1
B=${B-.build/plain}
# The demonstration's folder is $B/demo, which may be in use; so it gets a $B of its own.
own=$B/70-demo
n=0
failed=0
ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$own/out"
		failed=1
	fi
}
# demo: run it with the programs of $own.
demo() {
	B=$own sh t/demo.sh once >"$own/out" 2>&1
}
# left: whether a process works below the demonstration's folder; says which.
left() {
	readlink /proc/[0-9]*/cwd 2>/dev/null | grep -F "$(cd "$own" && pwd -P)/demo" >"$own/left" || return 1
	sed 's/^/left running in /' "$own/left" >>"$own/out"
}
link() {
	for program in trivium-milter triviumd triviumctl trivium-sdpsim; do
		ln -sf "../$program" "$own/$program"
	done
}

mkdir -p "$own"
link
demo
ok $? "the demonstration succeeds"
! left
ok $? "and leaves nothing running"
demo
ok $? "it succeeds a second time"
! left
ok $? "and leaves nothing running"
printf '#!/bin/sh\nexit 1\n' >"$own/refuses"
chmod +x "$own/refuses"
ln -sf refuses "$own/triviumd"
! demo
ok $? "it fails when the bridge does not come up"
! left
ok $? "and leaves nothing running"
link
echo "1..$n"
exit $failed
