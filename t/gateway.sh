# gateway.sh - a whole gateway of its own, for the demonstration and the tests, to be read by sh(1)
# behind t/postfix.sh:
#
#	gateway_make "$dir"          a private Postfix, a configuration, tables; all below DIR
#	gateway_sdp "$dir" "rate = 5" ...     more lines for the section sdp
#	gateway_start "$dir"         the platform, triviumd, trivium-milter, Postfix; waits until they serve
#	gateway_stop "$dir"          always; from a trap, too
#
# The programs come from the folder $B. Each logs into DIR/NAME.log; its process is in DIR/NAME.pid.
# Sockets are named relative to DIR, where the programs are started: their paths must stay short.

# gateway_pick PORT: the port if it is free on 127.0.0.1, else another one that is. Not one of those
# that the system gives to connections: by the time it is used, one of them could have it.
gateway_pick() {
	perl -MIO::Socket::INET -e '
		for my $port ($ARGV[0], map { 15000 + int rand 17000 } 1 .. 100) {
			next unless $port;
			my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1",
				LocalPort => $port, ReuseAddr => 1) or next;
			print "$port\n";
			last;
		}' "$1"
}

# gateway_make DIR [SMTP-PORT SECOND-PORT SDP-PORT]: all that is needed, nothing started yet. The
# ports are tried, others taken where they are not free; they stand in DIR/ports.
gateway_make() {
	mkdir -p "$1/run" || return 1
	gateway_dir=$(cd "$1" && pwd -P)
	smtp_port=$(gateway_pick "${2:-0}")
	second_port=$(gateway_pick "${3:-0}")
	sdp_port=$(gateway_pick "${4:-0}")
	echo "smtp_port=$smtp_port second_port=$second_port sdp_port=$sdp_port" >"$gateway_dir/ports"
	postfix_make "$gateway_dir/postfix" "$smtp_port" || return 1
	postfix_set "$gateway_dir/postfix" \
		"relay_domains = sms.example.com" \
		"transport_maps = inline:{{sms.example.com = smtp:[127.0.0.1]:$second_port}, {example.org = discard:}}" \
		"smtpd_milters = { unix:trivium/milter.sock, default_action=accept, connect_timeout=10s, content_timeout=60s }" \
		"smtpd_sasl_authenticated_header = yes" \
		"in_flow_delay = 0s"
	postfix_service "$gateway_dir/postfix" "127.0.0.1:$second_port inet n - n - - smtpd" \
		"smtpd_milters = unix:trivium/milter.sock" "milter_default_action = tempfail" \
		"milter_macro_daemon_name = trivium-second" \
		"receive_override_options = no_address_mappings"
	cat >"$gateway_dir/trivium.conf" <<-END
		state_dir = "."
		user = ""
		log = "stderr"
		country_code = "49"
		milter {
			socket = "unix:postfix/queue/trivium/milter.sock"
		}
		bridge {
			submit = "unix:run/submit.sock"
			control = "unix:run/control.sock"
		}
		tables {
			routes = "hash:$gateway_dir/routes"
		}
		retry {
			first = "1 s"
			probe_first = "1 s"
		}
	END
	cat >"$gateway_dir/sdp.conf" <<-END
		driver = "parlayx"
		sms_url = "http://127.0.0.1:$sdp_port/SendSmsService/services/SendSms"
		sender = "tel:10690123"
		segments = 6
	END
	printf 'sms.example.com phone:operator-a\n+49900 error:5.7.1 premium numbers are not served\n' \
		>"$gateway_dir/routes"
	gateway_sim_options=
}

# gateway_sdp DIR LINE...: more lines for the configuration's section sdp.
gateway_sdp() {
	gateway_dir=$1
	shift
	printf '%s\n' "$@" >>"$gateway_dir/sdp.conf"
}

# gateway_run DIR NAME PROGRAM ARGUMENT...: start it in DIR, in the background.
gateway_run() {
	gateway_dir=$(cd "$1" && pwd -P)
	gateway_bin=$(cd "$B" && pwd -P)
	(
		cd "$1" || exit 1
		name=$2
		shift 2
		program=$1
		shift
		# Of triviumd alone, as t/78-clock.t wants it.
		[ "$name" != triviumd ] || [ -z "${TRIVIUMD_PRELOAD:-}" ] || export LD_PRELOAD="$TRIVIUMD_PRELOAD"
		exec "$gateway_bin/$program" "$@" >>"$name.out" 2>>"$name.log" </dev/null &
		echo $! >"$name.pid"
	)
}

# gateway_alive PID: whether it runs. One that has ended is left as a zombie for a while, or for ever
# where process 1 waits for nobody, as in many containers; its locks go with its last thread.
gateway_alive() {
	case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
	"") return 1 ;;
	Z*) [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -gt 1 ] ;;
	esac
}

# gateway_wait NAME COMMAND...: until the command succeeds, at most 30 seconds, or the program ends.
gateway_wait() {
	gateway_name=$1
	shift
	for gateway_try in $(seq 300); do
		"$@" >/dev/null 2>&1 && return 0
		gateway_alive "$(cat "$gateway_dir/$gateway_name.pid")" || break
		sleep 0.1
	done
	echo "$gateway_name does not come up; see $gateway_dir/$gateway_name.log:" >&2
	tail -n 5 "$gateway_dir/$gateway_name.log" >&2
	return 1
}

gateway_sim_start() {
	. "$1/ports"
	gateway_run "$1" sdpsim trivium-sdpsim -l "127.0.0.1:$sdp_port" $gateway_sim_options
	# Asking the port would not do: whoever was faster to take it might answer.
	gateway_wait sdpsim grep -qF "[$(cat "$1/sdpsim.pid")]: started on" "$1/sdpsim.log"
}

gateway_bridge_start() {
	gateway_run "$1" triviumd triviumd -c trivium.conf
	gateway_wait triviumd curl -sS --unix-socket "$1/run/control.sock" http://localhost/counts
}

gateway_milter_start() {
	gateway_run "$1" milter trivium-milter -c trivium.conf
	gateway_wait milter test -S "$1/postfix/queue/trivium/milter.sock"
}

# gateway_start DIR: everything, in the order in which it is needed.
gateway_start() {
	gateway_dir=$(cd "$1" && pwd -P)
	[ -f "$gateway_dir/routes.db" ] || postmap -c "$gateway_dir/postfix" "hash:$gateway_dir/routes" || return 1
	{
		echo "sdp operator-a {"
		cat "$gateway_dir/sdp.conf"
		echo "}"
	} >>"$gateway_dir/trivium.conf"
	gateway_sim_start "$gateway_dir" && gateway_bridge_start "$gateway_dir" &&
		gateway_milter_start "$gateway_dir" && postfix_start "$gateway_dir/postfix"
}

# gateway_end DIR NAME [SIGNAL]: stop one program, and wait until it is gone.
gateway_end() {
	[ -f "$1/$2.pid" ] || return 0
	gateway_pid=$(cat "$1/$2.pid")
	rm -f "$1/$2.pid"
	kill "-${3:-TERM}" "$gateway_pid" 2>/dev/null || return 0
	for gateway_try in $(seq 900); do
		gateway_alive "$gateway_pid" || return 0
		sleep 0.1
	done
	kill -KILL "$gateway_pid" 2>/dev/null
}

gateway_stop() {
	[ -d "$1" ] || return 0
	postfix_stop "$1/postfix"
	gateway_end "$1" milter
	gateway_end "$1" triviumd
	gateway_end "$1" sdpsim
}

# gateway_messages DIR [NUMBER]: what the handsets got, a line each: NUMBER, a tab, the text with line
# feeds as "\n".
gateway_messages() {
	. "$1/ports"
	curl -fsS "http://127.0.0.1:$sdp_port/api/messages?after=0" | perl -MJSON::PP -0777 -ne '
		binmode STDOUT, ":utf8";
		for (@{ decode_json($_)->{messages} }) {
			next if @ARGV && $_->{number} ne $ARGV[0];
			my $text = $_->{text};
			$text =~ s/\n/\\n/g;
			print "$_->{number}\t$text\n";
		}'
}
