# postfix.sh - a private Postfix for the tests and the demonstration, to be read by sh(1):
#
#	. t/postfix.sh
#	postfix_make "$dir" 10025              makes an instance that listens on 127.0.0.1:10025
#	postfix_set "$dir" "message_size_limit = 1000000" ...
#	postfix_service "$dir" "10026 inet n - n - - smtpd" "content_filter=" ...
#	postfix_start "$dir" || exit 1
#	postfix_stop "$dir"                    always; from a trap, too
#
# It lives wholly below DIR (configuration, queue, data, mail.log), and touches neither /etc/postfix
# nor an instance that runs already. It needs root, as Postfix does. Its daemons give up root once
# they stand in the queue directory, so DIR may lie where other users cannot go (below a 0700 /root),
# as long as all that they open later is named relative to the queue directory: data_directory is
# "../data", and a milter's socket "unix:trivium/milter.sock", which is DIR/queue/trivium/milter.sock.

postfix_say() {
	echo "postfix.sh: $*" >&2
}

# postfix_port: print a TCP port of 127.0.0.1 that is free now.
postfix_port() {
	perl -MIO::Socket::INET -e '
		print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport, "\n"'
}

# postfix_usable: whether an instance can be made here; says why when not.
postfix_usable() {
	if [ "$(id -u)" != 0 ]; then
		postfix_say "Postfix can be started by root only"
		return 1
	fi
	if ! command -v postfix >/dev/null || ! command -v postconf >/dev/null; then
		postfix_say "Postfix is not installed"
		return 1
	fi
}

# postfix_set DIR "name = value"...: settings of main.cf; also while it runs (then postfix_reload).
postfix_set() {
	postfix_dir=$1
	shift
	postconf -c "$postfix_dir" -e "$@"
}

# postfix_service DIR "line of master.cf" ["name=value"...]: one more service, with its own settings.
postfix_service() {
	postfix_dir=$1
	postfix_line=$2
	shift 2
	{
		echo "$postfix_line"
		for postfix_value in "$@"; do
			echo "    -o { $postfix_value }"
		done
	} >>"$postfix_dir/master.cf"
}

# postfix_make DIR PORT: a new instance in DIR, which must not exist or be empty.
postfix_make() {
	postfix_usable || return 1
	mkdir -p "$1" || return 1
	postfix_dir=$(cd "$1" && pwd -P) || return 1
	if [ -e "$postfix_dir/main.cf" ]; then
		postfix_say "$postfix_dir holds an instance already"
		return 1
	fi
	case $postfix_dir in
	*[!A-Za-z0-9/._+-]*)
		postfix_say "$postfix_dir: Postfix cannot live in a folder of such a name"
		return 1
		;;
	esac
	mkdir -p "$postfix_dir/queue/trivium" "$postfix_dir/data" || return 1
	# Postfix goes through these as its own user, and refuses what others could write to.
	chmod 755 "$postfix_dir" "$postfix_dir/queue"
	chown postfix "$postfix_dir/data"
	# The milter's socket gets the directory's group, so smtpd may use it and others may not.
	chgrp postfix "$postfix_dir/queue/trivium"
	chmod 2750 "$postfix_dir/queue/trivium"
	cat >"$postfix_dir/main.cf" <<-END
		compatibility_level = 3.6
		command_directory = $(postconf -c /nonexistent -d -h command_directory 2>/dev/null || echo /usr/sbin)
		daemon_directory = $(postconf -c /nonexistent -d -h daemon_directory 2>/dev/null || echo /usr/lib/postfix/sbin)
		queue_directory = $postfix_dir/queue
		data_directory = ../data
		mail_owner = postfix
		setgid_group = postdrop
		maillog_file = $postfix_dir/mail.log
		maillog_file_prefixes = $postfix_dir
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		myhostname = mx.test
		mydestination = mx.test, localhost
		mynetworks = 127.0.0.0/8
		smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
		smtpd_forbid_bare_newline = normalize
		smtpd_forbid_bare_newline_exclusions =
		enable_long_queue_ids = yes
		# A mail that a milter takes whole never comes to qmgr, which would lift this brake.
		in_flow_delay = 0s
		alias_maps =
		alias_database =
		local_recipient_maps =
		biff = no
		# Nothing of a test may leave the machine: what no test sends somewhere goes nowhere.
		default_transport = error:5.4.4 this instance sends no mail outside
		smtp_dns_support_level = disabled
		disable_dns_lookups = yes
		strict_smtputf8 = no
	END
	cat >"$postfix_dir/master.cf" <<-END
		127.0.0.1:$2 inet n - n - - smtpd
		pickup    unix n - n 60 1 pickup
		cleanup   unix n - n - 0 cleanup
		qmgr      unix n - n 300 1 qmgr
		tlsmgr    unix - - n 1000? 1 tlsmgr
		rewrite   unix - - n - - trivial-rewrite
		bounce    unix - - n - 0 bounce
		defer     unix - - n - 0 bounce
		trace     unix - - n - 0 bounce
		verify    unix - - n - 1 verify
		flush     unix n - n 1000? 0 flush
		proxymap  unix - - n - - proxymap
		smtp      unix - - n - - smtp
		relay     unix - - n - - smtp
		showq     unix n - n - - showq
		error     unix - - n - - error
		retry     unix - - n - - error
		discard   unix - - n - - discard
		local     unix - n n - - local
		virtual   unix - n n - - virtual
		lmtp      unix - - n - - lmtp
		anvil     unix - - n - 1 anvil
		scache    unix - - n - 1 scache
		postlog   unix-dgram n - n - 1 postlogd
	END
}

# postfix_do DIR COMMAND: postfix(1) changes the folder before it looks for the configuration, and
# takes one named relative to ours for an instance that does not run. So it gets the whole path.
postfix_do() {
	postfix -c "$(cd "$1" && pwd -P)" "$2"
}

# postfix_start DIR: start it, and wait until its master is up. On failure its log goes to stderr.
postfix_start() {
	if ! postfix_do "$1" start >"$1/start.log" 2>&1 || ! postfix_do "$1" status >/dev/null 2>&1; then
		postfix_say "Postfix in $1 does not start:"
		cat "$1/start.log" "$1/mail.log" >&2 2>/dev/null
		return 1
	fi
}

# postfix_reload DIR: use changed settings. New connections get them.
postfix_reload() {
	postfix_do "$1" reload >>"$1/start.log" 2>&1
}

# postfix_stop DIR: end it, and all its processes. Harmless when it does not run.
postfix_stop() {
	[ -e "$1/main.cf" ] || return 0
	postfix_do "$1" status >/dev/null 2>&1 || return 0
	postfix_do "$1" stop >>"$1/start.log" 2>&1 || postfix_do "$1" abort >>"$1/start.log" 2>&1
}

# postfix_wait DIR PATTERN: wait until a line of its log matches the extended regular expression, at
# most a minute. Prints the first such line.
postfix_wait() {
	for postfix_try in $(seq 600); do
		grep -E -m 1 -e "$2" "$1/mail.log" 2>/dev/null && return 0
		sleep 0.1
	done
	postfix_say "no line like \"$2\" in $1/mail.log"
	return 1
}

# postfix_queue DIR: print what is queued, a recipient a line: "QUEUE SENDER RECIPIENT".
postfix_queue() {
	postqueue -c "$1" -j | perl -MJSON::PP -ne '
		my $m = decode_json $_;
		print "$m->{queue_name} $m->{sender} $_->{address}\n" for @{ $m->{recipients} };'
}

# postfix_flush DIR: try at once what waits in the queue.
postfix_flush() {
	postqueue -c "$1" -f
}
