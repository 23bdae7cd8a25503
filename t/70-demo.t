#!/bin/sh
# `make demo DEMO=once`, whose exit code must be true, and which must leave nothing running.
cd "$(dirname "$0")/.." && cd "$(pwd -P)" || exit 1
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
# demo [once]: become it, with the programs in $own, named as make does. TEST marks its processes.
demo() {
	TEST=$PWD/$own B=$own PORTS="0 0 0 0" exec sh t/demo.sh $1 >"$own/out" 2>&1
}
# left: whether a process of the demonstration runs; says which. Each has the mark or, of Postfix's,
# which clean their environment, works in its folder.
left() {
	for process in /proc/[0-9]*; do
		case $(readlink "$process/cwd") in
		"$PWD/$own"/*) ;;
		*) grep -qzFx "TEST=$PWD/$own" "$process/environ" || continue ;;
		esac
		echo "left running: $(tr '\0' ' ' <"$process/cmdline")" >>"$own/out"
		return 0
	done 2>/dev/null
	return 1
}
link() {
	for program in trivium-milter triviumd triviumctl trivium-sdpsim; do
		ln -sf "../$program" "$own/$program"
	done
}

mkdir -p "$own"
link
(demo once)
ok $? "the demonstration succeeds"
! left
ok $? "and leaves nothing running"
demo &
for try in $(seq 600); do
	kill -0 $! 2>/dev/null || break
	grep -q '^Stop with' "$own/out" && break
	sleep 0.1
done
grep -q '^Both handsets' "$own/out"
ok $? "a second one, which stays until it is stopped, succeeds"
left
ok $? "and runs"
kill $! && wait $!
! left
ok $? "stopped it leaves nothing running"
printf '#!/bin/sh\nexit 1\n' >"$own/refuses"
chmod +x "$own/refuses"
ln -sf refuses "$own/triviumd"
! (demo once)
ok $? "it fails when the bridge does not come up"
! left
ok $? "and leaves nothing running"
link
echo "1..$n"
exit $failed
