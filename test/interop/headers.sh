#!/bin/sh
# Sends signed messages through the mail programs of Debian and says which of both header fields still verify behind each.
#
#     test/interop/headers.sh
#
# The packages are unpacked into a folder of their own and nothing is installed. It needs root (a host name of its own) and Debian's
# archive, so it is no part of `npm test`; what was seen with it stands in test/identity/mailPrograms.test.ts. Exit status 1 if a message
# does not verify.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download msmtp esmtp nullmailer sendmail-bin sendmail-cf m4 \
  libgsasl18 libgssglue1 libntlm0 libidn12 libsecret-1-0 libesmtp6 libwrap0 >/dev/null 2>&1 || {
  echo "The packages cannot be had: run apt-get update on a Debian machine first." >&2
  exit 2
}
for package in *.deb; do dpkg -x "$package" root; done
# A program with the right of a group is not given LD_LIBRARY_PATH.
chmod -R ug-s root
# Debian's own rules, and one relay.
# Where the libraries lie differs by architecture.
libraries=$(dirname "$(find "$folder/root" -name 'libgsasl.so.*' | head -n 1)")
(
  cd root/usr/share/sendmail/cf/cf
  LD_LIBRARY_PATH="$libraries" "$folder/root/usr/bin/m4" ../m4/cf.m4 - >"$folder/sendmail.cf" <<END
OSTYPE(linux)dnl
define(\`confDELIVERY_MODE',\`i')dnl
define(\`QUEUE_DIR',\`$folder/queue')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
define(\`SMART_HOST',\`esmtp:[127.0.0.1]')dnl
MAILER(smtp)dnl
END
)
node "$here/headers.ts" "$folder" "$libraries"
