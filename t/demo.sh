#!/bin/sh
# demo.sh [once] - Trivium at work: a private Postfix with the milter, triviumd, and a platform with
# handsets; a mail is sent to two phones, one of them answers, and its author's mailbox has the answer
# and reports of delivery. Everything lives in $B/demo. With "once" all is stopped by itself, and the
# exit code says whether all of that came about. PORTS in the environment are other ports for Postfix,
# its second door, the platform, and the platform's calls; 0 for any.
set -u
cd "$(dirname "$0")/.." || exit 1
. t/postfix.sh
. t/gateway.sh
dir=$B/demo
first=+4915550100 second=+4915550101
mailbox=$dir/postfix/queue/mail/alice

say() {
	printf '%s\n' "$*"
}

stop() {
	trap - EXIT INT TERM
	say "Stopping."
	[ -z "${!-}" ] || kill $! # the sleep below
	gateway_stop "$dir"
}

# make PORT...: a gateway whose platform calls, and whose Postfix has a mailbox for alice@example.org.
make() {
	gateway_make "$dir" "$1" "$2" "$3" || return 1
	listen_port=$(gateway_pick "$4")
	gateway_sdp "$dir" "callback = \"http://127.0.0.1:$listen_port/sdp/operator-a\"" "extensions = 2"
	gateway_sim_options="--callback http://127.0.0.1:$listen_port/sdp/operator-a"
	sed -i "s|^bridge {|&\n\tlisten = \"127.0.0.1:$listen_port\"\n\treport = \"all\"|" "$dir/trivium.conf"
	cat >>"$dir/trivium.conf" <<-END
		mail {
			relay = "smtp://127.0.0.1:$smtp_port"
			domain = "sms.example.com"
		}
	END
	# It is opened by another user, who may not get there from the root; so virtual(8) is locked into
	# Postfix's queue, where mailboxes are /mail.
	mkdir -p "$dir/postfix/queue/mail" && chown nobody "$dir/postfix/queue/mail" || return 1
	sed -i 's/^virtual .*/virtual unix - n y - - virtual/' "$dir/postfix/master.cf"
	postfix_set "$dir/postfix" "virtual_mailbox_domains = example.org" \
		"virtual_mailbox_base = /mail" "virtual_mailbox_maps = inline:{alice@example.org=alice/}" \
		"virtual_uid_maps = static:$(id -u nobody)" "virtual_gid_maps = static:$(id -g nobody)" \
		"transport_maps = inline:{{sms.example.com = smtp:[127.0.0.1]:$second_port}}"
}

# mails PATTERN: those in the mailbox that have a line like it.
mails() {
	grep -lsE -e "$1" "$mailbox"/new/* 2>/dev/null
}

# answer TEXT: the first phone answers the mail, by its handset.
answer() {
	curl -fsS "http://127.0.0.1:$sdp_port/api/messages?after=0" |
		FROM=$first TEXT=$1 perl -MJSON::PP -0777 -ne '
			my ($m) = grep { $_->{number} eq $ENV{FROM} } @{ decode_json($_)->{messages} };
			my $to = $m->{sender} =~ s/^tel://r;
			print encode_json({ from => $ENV{FROM}, to => $to, text => $ENV{TEXT} });' |
		curl -fsS -o "$dir/answer.out" -d @- "http://127.0.0.1:$sdp_port/api/mo"
}

postfix_usable || exit 1
# What an earlier run left running, if it was killed, is stopped; its folder is ours to renew.
gateway_stop "$dir"
rm -rf "$dir"
trap 'stop; exit 1' INT TERM
trap stop EXIT
say "Starting Postfix, trivium-milter, triviumd and trivium-sdpsim in $dir ..."
make ${PORTS:-2525 2526 9090 8080} || exit 1
gateway_start "$dir" || exit 1
. "$dir/ports"

say "Sending a mail to 015550100@sms.example.com and 0155-50101@sms.example.com, through Postfix"
say "on port $smtp_port:"
swaks --server "127.0.0.1:$smtp_port" --from alice@example.org \
	--to "015550100@sms.example.com,0155-50101@sms.example.com" \
	--header "Subject: Lunch" --header "Message-Id: <lunch@example.org>" --body "It is at noon today, at Luigi's. – Alice" \
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
say "The first one answers. What arrives at alice@example.org (in $mailbox):"
answer "I'll be there" || say "The handset could not write"
for try in $(seq 300); do
	[ "$(mails '^Subject: (Re|Delivered): Lunch' | wc -l)" -ge 2 ] && break
	sleep 0.1
done
for mail in $(mails '^Subject: (Re|Delivered): Lunch'); do
	sed '/^$/q' "$mail" | grep -E '^(From|Subject|In-Reply-To): ' | sed 's/^/    /'
	[ "$mail" != "$(mails '^Subject: Re: ')" ] || sed '1,/^$/d; s/^/    | /' "$mail"
	say ""
done
say "What the log says of it (in $dir/triviumd.log):"
grep -E ': (mta|from|to)=' "$dir/triviumd.log" | sed 's/^/    /'
say ""
right=0
for phone in $first $second; do
	[ "$(gateway_messages "$dir" | grep -F "$phone	" | cut -f2-)" = "$want" ] && right=$((right + 1))
done
if [ "$right" != 2 ]; then
	say "Something is wrong: $right of 2 handsets received the right text. See the logs in $dir."
	exit 1
fi
say "Both handsets received the right text."
reply=$(mails "^Subject: Re: Lunch")
if grep -qs '^In-Reply-To: <lunch@example.org>' "$reply" && grep -qs "^I'll be there" "$reply" &&
	[ -n "$(mails '^Subject: Delivered: Lunch')" ]; then
	say "The answer is in the mail's thread, and the author knows that it was delivered."
else
	say "Something is wrong: the answer or the report of delivery did not arrive. See the logs in $dir."
	exit 1
fi
[ "${1-}" = once ] && exit 0

say ""
say "Send more:"
say "    swaks --server 127.0.0.1:$smtp_port --from you@example.org --to 015550102@sms.example.com --header 'Subject: Hello' --body 'from the command line'"
say "See the handsets, and write on them: http://127.0.0.1:$sdp_port/"
say "See the mailbox:  $mailbox/new"
say "Look inside:      (cd $dir && ../triviumctl -c trivium.conf queue)   also: show ID, transports, trace ADDRESS"
say "Stop with Ctrl-C."
while :; do
	sleep 3600 &
	wait $!
done
