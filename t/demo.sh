#!/bin/sh
# demo.sh [once] - Trivium at work: a private Postfix with the milter, triviumd, and a platform with
# handsets; a mail is sent to two phones. Everything lives in $B/demo. With "once" all is stopped by
# itself, and the exit code says whether both handsets got the right text. PORTS in the environment
# are other ports for Postfix, its second door, and the platform; 0 for any.
set -u
cd "$(dirname "$0")/.." || exit 1
. t/postfix.sh
. t/gateway.sh
dir=$B/demo
first=+4915550100 second=+4915550101

say() {
	printf '%s\n' "$*"
}

stop() {
	trap - EXIT INT TERM
	say "Stopping."
	[ -z "${!-}" ] || kill $! # the sleep below
	gateway_stop "$dir"
}

postfix_usable || exit 1
# What an earlier run left running, if it was killed, is stopped; its folder is ours to renew.
gateway_stop "$dir"
rm -rf "$dir"
trap 'stop; exit 1' INT TERM
trap stop EXIT
say "Starting Postfix, trivium-milter, triviumd and trivium-sdpsim in $dir ..."
gateway_make "$dir" ${PORTS:-2525 2526 9090} || exit 1
gateway_start "$dir" || exit 1
. "$dir/ports"

say "Sending a mail to 015550100@sms.example.com and 0155-50101@sms.example.com, through Postfix"
say "on port $smtp_port:"
swaks --server "127.0.0.1:$smtp_port" --from alice@example.org \
	--to "015550100@sms.example.com,0155-50101@sms.example.com" \
	--header "Subject: Lunch" --body "It is at noon today, at Luigi's. – Alice" \
	--header "Content-Type: text/plain; charset=utf-8" \
	--silent 2 --suppress-data || say "swaks says that Postfix did not take it"
want=$(printf 'Lunch\\nIt is at noon today, at Luigi'"'"'s. – Alice')
for try in $(seq 300); do
	[ "$(gateway_messages "$dir" | wc -l)" -ge 2 ] && break
	sleep 0.1
done

say ""
say "What the handsets received:"
gateway_messages "$dir" | sed 's/^/    /'
say ""
say "What the log says of it (in $dir/triviumd.log):"
grep -E ': (mta|from|to)=' "$dir/triviumd.log" | sed 's/^/    /'
say ""
right=0
for phone in $first $second; do
	[ "$(gateway_messages "$dir" | grep -F "$phone	" | cut -f2-)" = "$want" ] && right=$((right + 1))
done
if [ "$right" = 2 ]; then
	say "Both handsets received the right text."
else
	say "Something is wrong: $right of 2 handsets received the right text. See the logs in $dir."
	exit 1
fi
[ "${1-}" = once ] && exit 0

say ""
say "Send more:"
say "    swaks --server 127.0.0.1:$smtp_port --from you@example.org --to 015550102@sms.example.com --header 'Subject: Hello' --body 'from the command line'"
say "See the handsets: http://127.0.0.1:$sdp_port/"
say "Look inside:      (cd $dir && ../triviumctl -c trivium.conf queue)   also: show ID, transports, trace ADDRESS"
say "Stop with Ctrl-C."
while :; do
	sleep 3600 &
	wait $!
done
