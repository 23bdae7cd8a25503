# prosody.sh - a private Prosody for the demonstration, to be read by sh(1) behind t/gateway.sh:
#
#	prosody_make DIR COMPONENT-PORT CLIENT-PORT	a configuration with host im.test, user juliet
#							(password pw) and the component gw.im.test
#	prosody_start DIR				waits until it serves
#	prosody_stop DIR				always; from a trap, too
#
# Only 127.0.0.1 is listened to, and no other server spoken to.

prosody_make() {
	mkdir -p "$1/data/im%2etest/accounts" || return 1
	printf 'return { ["password"] = "pw"; };\n' >"$1/data/im%2etest/accounts/juliet.dat"
	prosody_dir=$(cd "$1" && pwd -P)
	cat >"$1/prosody.cfg.lua" <<-END
		run_as_root = true
		pidfile = "$prosody_dir/prosody.pid"
		data_path = "$prosody_dir/data"
		log = { { levels = { min = "info" }; to = "file"; filename = "$prosody_dir/prosody.log" } }
		interfaces = { "127.0.0.1" }
		local_interfaces = { "127.0.0.1" }
		c2s_ports = { $3 }
		c2s_direct_tls_ports = { }
		component_ports = { $2 }
		http_ports = { }
		https_ports = { }
		s2s_ports = { }
		modules_disabled = { "s2s" }
		modules_enabled = { "disco"; "roster"; "saslauth"; "posix"; "ping"; "offline"; "presence";
			"message"; "iq"; "carbons" }
		allow_unencrypted_plain_auth = true
		c2s_require_encryption = false
		authentication = "internal_plain"
		component_conflict_resolve = "kick_old"
		VirtualHost "im.test"
		Component "gw.im.test"
			component_secret = "demo"
	END
}

prosody_start() {
	(
		cd "$1" || exit 1
		exec prosody --config ./prosody.cfg.lua -F >out 2>&1 </dev/null &
		echo $! >started.pid
	)
	for prosody_try in $(seq 300); do
		[ -s "$1/prosody.pid" ] && return 0 # which is written when its ports are open
		gateway_alive "$(cat "$1/started.pid")" || break
		sleep 0.1
	done
	echo "Prosody does not come up; see $1/prosody.log" >&2
	return 1
}

prosody_stop() {
	gateway_end "$1" started
}
