/*
 * sim_auth.c - digests, put together here from the specification's words, so that a client's idea
 * of them is held against another one. They are compared without care for timing: this is a
 * simulator, whose password may stand on a command line.
 */
#include "sdp/sim_auth.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/mem.h"
#include "bridge/base/xml.h"
#include "sdp/sim.h"

#define WSS "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
#define WSSE WSS "secext-1.0.xsd"
#define WSU WSS "utility-1.0.xsd"

/* A token made longer ago, or later from now, is refused (the profile recommends five minutes). */
enum { FRESH = 300 };

bool
sim_auth_basic(const struct sim_settings *set, const char *authorization)
{
	struct buf plain;
	char *want;
	bool right;

	/* With WS-Security the user and the password are those of the token. */
	if (!set->user || set->header == SIM_HEADER_WSSE)
		return true;
	if (!authorization || strncasecmp(authorization, "Basic ", 6) != 0)
		return false;
	authorization += 6;
	authorization += strspn(authorization, " ");
	buf_init(&plain, 1 << 20);
	buf_addf(&plain, "%s:%s", set->user, set->password);
	want = xcalloc(1, 4 * ((plain.len + 2) / 3) + 1);
	digest_base64((const unsigned char *)plain.data, plain.len, want);
	right = strcmp(want, authorization) == 0;
	free(want);
	buf_free(&plain);
	return right;
}

void
sim_auth_md5(const char *a, const char *b, const char *c, char out[SIM_DIGEST])
{
	struct digest *d = digest_begin(DIGEST_MD5);
	unsigned char md[DIGEST_MOST];

	digest_add(d, a, strlen(a));
	digest_add(d, b, strlen(b));
	digest_add(d, c, strlen(c));
	digest_hex(md, digest_end(d, md), out);
}

/* The text of x's child without white space around it, cut off at the room there is. */
static void
child_text(const struct xml *x, const char *name, char *out, size_t room)
{
	const struct xml *child = xml_child(x, name);
	const char *text = child ? child->text : "";
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	snprintf(out, room, "%.*s", (int)(len < room ? len : room), text);
}

__attribute__((format(printf, 3, 4))) static int
refuse(char *why, size_t room, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, room, format, ap);
	va_end(ap);
	return -1;
}

static int
huawei(const struct sim_settings *set, const struct xml *header, char *why, size_t room)
{
	const struct xml *h = xml_child(header, "RequestSOAPHeader");
	char id[100], password[100], stamp[100], want[SIM_DIGEST];

	if (!h)
		return refuse(why, room, "the header has no %s", "RequestSOAPHeader");
	/* The second is of ZTE's platforms and their like. */
	if (strcmp(h->ns, "http://www.huawei.com.cn/schema/common/v2_1") != 0 &&
	    strcmp(h->ns, "http://www.csapi.org/schema/parlayx/common/v3_1") != 0)
		return refuse(why, room, "RequestSOAPHeader in namespace %.100s", h->ns);
	child_text(h, "spId", id, sizeof id);
	child_text(h, "spPassword", password, sizeof password);
	child_text(h, "timeStamp", stamp, sizeof stamp);
	if (strlen(stamp) != 14 || strspn(stamp, "0123456789") != 14)
		return refuse(why, room, "timeStamp \"%s\" is not yyyyMMddHHmmss", stamp);
	if (strcmp(id, set->spid) != 0)
		return refuse(why, room, "spId \"%s\" is unknown", id);
	sim_auth_md5(set->spid, set->sppassword, stamp, want);
	/* Both cases are in use. */
	if (strcasecmp(password, want) != 0)
		return refuse(
		    why, room, "spPassword is not %s", "MD5(spId + password + timeStamp)");
	return 0;
}

/* Seconds since 1970 of "2024-05-01T10:30:00Z", fractions allowed; -1 when it is not in UTC. */
static time_t
created_time(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!end)
		return -1;
	if (*end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	return strcmp(end, "Z") == 0 ? timegm(&tm) : -1;
}

/* Base64(SHA1(nonce as bytes + created + password)); false when the nonce is not base64. */
static bool
token_digest(const char *nonce, const char *created, const char *password, char out[64])
{
	unsigned char raw[256], md[DIGEST_MOST];
	int n = digest_unbase64(nonce, raw, sizeof raw);
	struct digest *d;

	if (n <= 0)
		return false;
	d = digest_begin(DIGEST_SHA1);
	digest_add(d, raw, (size_t)n);
	digest_add(d, created, strlen(created));
	digest_add(d, password, strlen(password));
	digest_base64(md, digest_end(d, md), out);
	return true;
}

static int
wsse(const struct sim_settings *set, const struct xml *header, char *why, size_t room)
{
	const struct xml *security = xml_child(header, "Security");
	const struct xml *token = xml_child(security, "UsernameToken");
	const struct xml *child;
	char user[256], password[256], nonce[257], created[100], want[64];
	time_t when;

	if (!token || strcmp(security->ns, WSSE) != 0 || strcmp(token->ns, WSSE) != 0)
		return refuse(why, room, "the header has no Security with a %s", "UsernameToken");
	for (child = token->first; child; child = child->next)
		if (strcmp(child->ns, strcmp(child->name, "Created") == 0 ? WSU : WSSE) != 0)
			return refuse(why, room, "%.60s in the wrong namespace", child->name);
	child_text(token, "Username", user, sizeof user);
	child_text(token, "Password", password, sizeof password);
	child_text(token, "Nonce", nonce, sizeof nonce);
	child_text(token, "Created", created, sizeof created);
	when = created_time(created);
	if (when < 0 || llabs((long long)time(NULL) - when) > FRESH)
		return refuse(why, room, "Created \"%s\" is not a time in UTC near now", created);
	if (!token_digest(nonce, created, set->password, want))
		return refuse(why, room, "Nonce \"%s\" is not base64", nonce);
	if (strcmp(user, set->user) != 0 || strcmp(password, want) != 0)
		return refuse(why, room, "user or digest of \"%s\" is wrong", user);
	return 0;
}

int
sim_auth_header(const struct sim_settings *set, const struct xml *header, const char **id,
    char *why, size_t room)
{
	switch (set->header) {
	case SIM_HEADER_NONE:
		return 0;
	case SIM_HEADER_HUAWEI:
		*id = "SVC0901";
		return huawei(set, header, why, room);
	case SIM_HEADER_WSSE:
		*id = "FailedAuthentication";
		return wsse(set, header, why, room);
	}
	return -1;
}
