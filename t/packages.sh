#!/bin/sh
# packages.sh GROUP - see that the Debian packages of GROUP (see etc/packages.debian) are there;
# install what is missing when run as root, else say what is missing and fail.
set -eu
list="$(dirname "$0")/../etc/packages.debian"
missing=
for package in $(awk -v group="$1" '!/^#/ && $2 == group { print $1 }' "$list"); do
	case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
	installed) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "These Debian packages are missing; as root: apt-get install$missing" >&2
	exit 1
fi
case " $missing " in
*" postfix "*)
	# Postfix takes the place of any other mail server on the machine. That is not ours to decide.
	other=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
		awk '$1 == "installed" && / mail-transport-agent/ { print $2; exit }')
	if [ -n "$other" ]; then
		echo "The demonstration and the tests need Postfix, and $other is installed; Debian would" >&2
		echo "remove it. Run them on another machine, or install postfix yourself first." >&2
		exit 1
	fi
	# Installed only for its programs: no configuration, so the system's own instance stays off.
	echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
	;;
esac
echo "Installing Debian packages:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=.build/apt.log
mkdir -p .build
# Nothing that is on the machine may go for it, such as another init, which systemd would replace.
{ apt-get -q update && apt-get -q install -y --no-install-recommends --no-remove $missing; } \
	>"$log" 2>&1 </dev/null || {
	tail -n 20 "$log" >&2
	echo "Could not install them; the whole log is in $log." >&2
	exit 1
}
