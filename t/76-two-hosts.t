#!/bin/sh
# Milter and bridge as if on two hosts: submit by https, with a secret. A mail goes through; who does
# not know the secret, or is not the bridge, gets nowhere.
cd "$(dirname "$0")/.." || exit 1
. t/postfix.sh
. t/gateway.sh
dir=$B/76-two-hosts
n=0
failed=0
ok() {
	n=$((n + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $n - $3"
	else
		echo "not ok $n - $3"
		printf '#  got: %s\n# want: %s\n' "$1" "$2"
		failed=1
	fi
}
ask() {
	curl -s -o /dev/null -w '%{http_code}' --cacert "$dir/cert.pem" "$@" -X POST \
		"https://127.0.0.1:$port/submit"
}

gateway_stop "$dir"
rm -rf "$dir"
trap 'gateway_stop "$dir"' EXIT
gateway_make "$dir" || exit 1
port=$(gateway_pick 0)
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" -days 2 \
	-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
(umask 077 && echo open-sesame >"$dir/secret")
sed -i -e "s|submit = .*|submit = \"https://127.0.0.1:$port\"|" \
	-e "s|^bridge {|&\nsubmit_cert = \"$PWD/$dir/cert.pem\"\nsubmit_key = \"$PWD/$dir/key.pem\"|" \
	-e "s|^milter {|&\nca_file = \"$PWD/$dir/cert.pem\"|" "$dir/trivium.conf"

(cd "$dir" && "../triviumd" -c trivium.conf) >"$dir/refused" 2>&1
ok "$(grep -c 'submit_secret_file.*must be set' "$dir/refused")" 1 "no bridge on the network without a secret"
(cd "$dir" && "../trivium-milter" -n -c trivium.conf) >"$dir/refused" 2>&1
ok "$?" 1 "nor a milter"
sed -i "s|^bridge {|&\nsubmit_secret_file = \"$PWD/$dir/secret\"|" "$dir/trivium.conf"
gateway_start "$dir" || exit 1
. "$dir/ports"
send() {
	swaks --server "127.0.0.1:$smtp_port" --from alice@example.org --to 015550100@sms.example.com \
		--header "Subject: $1" --body "by TLS" --silent 3 >/dev/null 2>&1
	echo $?
}
ok "$(send one)" 0 "a mail is taken by way of https"
for try in $(seq 100); do
	[ "$(gateway_messages "$dir" | wc -l)" -ge 1 ] && break
	sleep 0.1
done
ok "$(gateway_messages "$dir")" "+4915550100	one\\nby TLS" "and reaches the phone"
ok "$(ask --data x)" 403 "who brings no secret is refused"
ok "$(ask --data x -H 'Authorization: Bearer open-sesam')" 403 "so is who brings a wrong one"
ok "$(ask --data x -H 'Authorization: Bearer open-sesame')" 422 "with the right one the message is read"
ok "$(grep -c 'submit: .* does not know the secret' "$dir/triviumd.log")" 2 "the log tells of the strangers"
sed -i 's|ca_file = .*|ca_file = ""|' "$dir/trivium.conf"
gateway_end "$dir" milter
gateway_milter_start "$dir"
[ "$(send two)" != 0 ]
ok "$?" 0 "a bridge that cannot prove who it is gets no mail"
echo "1..$n"
exit $failed
