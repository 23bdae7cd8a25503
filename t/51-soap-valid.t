#!/bin/sh
# Every kind of request is valid against the schemas of Parlay X. They are their publishers', so they
# do not come with Trivium: TRIVIUM_XSD names the folder that has them, with an all.xsd that imports
# the SOAP envelope and the services.
xsd=${TRIVIUM_XSD:-../shared/reference/wsdl/xsd}
if [ ! -f "$xsd/all.xsd" ]; then
	echo "1..0 # SKIP no all.xsd in $xsd; TRIVIUM_XSD can name the folder"
	exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
echo 1..3

n=$("$B/t/soapdump" "$dir")
if [ "${n:-0}" -ge 698 ]; then echo "ok 1 - $n requests"; else echo "not ok 1 - $n requests"; fi

if xmllint --nonet --noout --schema "$xsd/all.xsd" "$dir"/*.xml >"$dir/log" 2>&1; then
	echo "ok 2 - all are valid"
else
	echo "not ok 2 - all are valid"
	grep -v ' validates$' "$dir/log" | head -20 | sed 's/^/# /'
fi

# The proof that the schemas look: an element in the wrong namespace is refused.
sed 's/<correlator>/<p:correlator>/; s/<\/correlator>/<\/p:correlator>/' "$dir/007.xml" >"$dir/wrong"
if [ ! -s "$dir/wrong" ] || cmp -s "$dir/007.xml" "$dir/wrong" ||
    xmllint --nonet --noout --schema "$xsd/all.xsd" "$dir/wrong" 2>/dev/null; then
	echo "not ok 3 - a qualified correlator is refused"
else
	echo "ok 3 - a qualified correlator is refused"
fi
