#!/bin/sh
# demo.sh [once] - Trivium at work: a private Postfix with the milter, triviumd, and a platform with
# handsets; a mail is sent to two phones, one of them answers, and its author's mailbox has the answer
# and reports of delivery. Then a user of a private Prosody writes to that phone and to the author, and
# both write back. Everything lives in $B/demo. With "once" all is stopped by itself, and the
# exit code says whether all of that came about. PORTS in the environment are other ports for Postfix,
# its second door, the platform, and the platform's calls; 0 for any.
set -u
cd "$(dirname "$0")/.." || exit 1
. t/postfix.sh
. t/gateway.sh
. t/prosody.sh
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
	gateway_end "$dir" juliet
	prosody_stop "$dir/prosody"
}

# make PORT...: a gateway whose platform calls, and whose Postfix has a mailbox for alice@example.org.
make() {
	gateway_make "$dir" "$1" "$2" "$3" || return 1
	listen_port=$(gateway_pick "$4")
	gateway_sdp "$dir" "callback = \"http://127.0.0.1:$listen_port/sdp/operator-a\"" "extensions = 2" \
		"mms_url = \"http://127.0.0.1:$sdp_port/SendMessageService/services/SendMessage\"" \
		"mms_receive_url = \"http://127.0.0.1:$sdp_port/ReceiveMessageService/services/ReceiveMessage\""
	gateway_sim_options="--callback http://127.0.0.1:$listen_port/sdp/operator-a"
	sed -i "s|^bridge {|&\n\tlisten = \"127.0.0.1:$listen_port\"\n\treport = \"all\"|" "$dir/trivium.conf"
	prosody_make "$dir/prosody" "$(gateway_pick 5347)" "$(gateway_pick 5222)" || return 1
	component_port=$(sed -n 's/^component_ports = { \([0-9]*\) }$/\1/p' "$dir/prosody/prosody.cfg.lua")
	client_port=$(sed -n 's/^c2s_ports = { \([0-9]*\) }$/\1/p' "$dir/prosody/prosody.cfg.lua")
	cat >>"$dir/trivium.conf" <<-END
		mail {
			relay = "smtp://127.0.0.1:$smtp_port"
			domain = "sms.example.com"
			im_domain = "im.example.com"
		}
		im xmpp {
			driver = "xmpp"
			server = "127.0.0.1:$component_port"
			jid = "gw.im.test"
			secret_file = "xmpp.secret"
			mail_pause = "1 s"
		}
	END
	(umask 077 && echo demo >"$dir/xmpp.secret")
	echo "im.example.com im:xmpp" >>"$dir/routes"
	# It is opened by another user, who may not get there from the root; so virtual(8) is locked into
	# Postfix's queue, where mailboxes are /mail.
	mkdir -p "$dir/postfix/queue/mail" && chown nobody "$dir/postfix/queue/mail" || return 1
	sed -i 's/^virtual .*/virtual unix - n y - - virtual/' "$dir/postfix/master.cf"
	postfix_set "$dir/postfix" "virtual_mailbox_domains = example.org" \
		"virtual_mailbox_base = /mail" "virtual_mailbox_maps = inline:{alice@example.org=alice/}" \
		"virtual_uid_maps = static:$(id -u nobody)" "virtual_gid_maps = static:$(id -g nobody)" \
		"relay_domains = sms.example.com im.example.com" \
		"transport_maps = inline:{{sms.example.com = smtp:[127.0.0.1]:$second_port}, {im.example.com = smtp:[127.0.0.1]:$second_port}}"
}

# mails PATTERN: those in the mailbox that have a line like it.
mails() {
	grep -lsE -e "$1" "$mailbox"/new/* 2>/dev/null
}

# handset TEXT PATTERN: the first phone answers, by its handset, the newest message that has the pattern.
handset() {
	curl -fsS "http://127.0.0.1:$sdp_port/api/messages?after=0" |
		FROM=$first TEXT=$1 PATTERN=$2 perl -MJSON::PP -0777 -ne '
			my ($m) = grep { $_->{number} eq $ENV{FROM} && $_->{text} =~ /$ENV{PATTERN}/ } reverse @{ decode_json($_)->{messages} };
			my $to = $m->{sender} =~ s/^tel://r;
			print encode_json({ from => $ENV{FROM}, to => $to, text => $ENV{TEXT} });' |
		curl -fsS -o "$dir/answer.out" -d @- "http://127.0.0.1:$sdp_port/api/mo"
}

# wait_until COMMAND...: at most 30 seconds.
wait_until() {
	for try in $(seq 300); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}
# juliet TO TEXT: the IM user writes. juliet_has TEXT: and has got that.
juliet() {
	t/imuser.py "$client_port" juliet send "$1" "$2" 2>>"$dir/juliet.log"
}
juliet_has() {
	grep -qF -e "$1" "$dir/juliet.out"
}
handset_has() {
	gateway_messages "$dir" $first | grep -qF -e "$1"
}

# messages: an IM user of Prosody, the phone and the author, each way.
messages() {
	phone="$first@gw.im.test" alice='alice\40example.org@gw.im.test'
	say ""
	say "juliet@im.test, an IM user, writes to $phone. The phone, which answers, has:"
	juliet "$phone" "Shall I bring Romeo?" && wait_until handset_has "bring Romeo" || return 1
	gateway_messages "$dir" $first | grep -F Romeo | sed 's/^/    /'
	handset "Yes, do" "bring Romeo" && wait_until juliet_has "Yes, do" || return 1
	say "A mail goes to juliet%im.test@im.example.com, and she answers it. What she has:"
	swaks --server "127.0.0.1:$smtp_port" --from alice@example.org --to juliet%im.test@im.example.com \
		--header "Subject: Dinner" --header "Message-Id: <dinner@example.org>" --body "At eight?" \
		--silent 2 --suppress-data && wait_until juliet_has "At eight?" || return 1
	sed 's/^/    /' "$dir/juliet.out"
	juliet "$alice" "At nine, please" && wait_until mails "^Subject: Re: Dinner" || return 1
	say "And the author:"
	sed '/^$/q' "$(mails '^Subject: Re: Dinner')" | grep -E '^(From|Subject|In-Reply-To): ' | sed 's/^/    /'
}

postfix_usable || exit 1
# What an earlier run left running, if it was killed, is stopped; its folder is ours to renew.
gateway_stop "$dir"
gateway_end "$dir" juliet
prosody_stop "$dir/prosody"
rm -rf "$dir"
trap 'stop; exit 1' INT TERM
trap stop EXIT
say "Starting Postfix, Prosody, trivium-milter, triviumd and trivium-sdpsim in $dir ..."
make ${PORTS:-2525 2526 9090 8080} || exit 1
prosody_start "$dir/prosody" && gateway_start "$dir" || exit 1
. "$dir/ports"
t/imuser.py "$client_port" juliet watch >"$dir/juliet.out" 2>"$dir/juliet.log" </dev/null &
echo $! >"$dir/juliet.pid"
wait_until grep -q "connected to" "$dir/triviumd.log"

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
handset "I'll be there" Lunch || say "The handset could not write"
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
if ! messages; then
	say "Something is wrong: an instant message did not arrive. See the logs in $dir."
	exit 1
fi
[ "${1-}" = once ] && exit 0

say ""
say "Send more:"
say "    swaks --server 127.0.0.1:$smtp_port --from alice@example.org --to 015550102@sms.example.com --header 'Subject: Hello' --body 'from the command line'"
say "See the handsets, and write on them: http://127.0.0.1:$sdp_port/"
say "Be juliet@im.test (password pw) with a client of XMPP, without TLS, on port $client_port"
say "See the mailbox:  $mailbox/new"
say "Look inside:      (cd $dir && ../triviumctl -c trivium.conf queue)   also: show ID, transports, trace ADDRESS"
say "Stop with Ctrl-C."
while :; do
	sleep 3600 &
	wait $!
done
