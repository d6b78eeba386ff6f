#!/bin/sh
# A certificate authority of your own, a certificate for the collector, and a token: DIRECTORY/{ca.pem,collector.pem,collector.key,tokens}.
# For a trial. In production these come from where your certificates and secrets come from.
set -eu
directory=${1:?expected a directory, and the names the collector is reached by: certificates.sh DIRECTORY [NAME...]}
shift
umask 077
mkdir -p "$directory"
cd "$directory"

names=DNS:collector,DNS:localhost,IP:127.0.0.1
for name in "$@"; do names=$names,DNS:$name; done

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
  -keyout ca.key -out ca.pem -subj '/CN=guru-meditation trial CA' 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
  -keyout collector.key -out collector.csr -subj /CN=collector 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names" > collector.ext
openssl x509 -req -in collector.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
  -extfile collector.ext -out collector.pem 2>/dev/null
rm -f collector.csr collector.ext ca.key ca.srl
[ -s tokens ] || openssl rand -hex 32 > tokens

# For this user alone: compose.secure.yml hands the collector a copy. Clients need ca.pem and a token.
chmod 644 ca.pem
echo "$directory: ca.pem, collector.pem, collector.key, tokens"
