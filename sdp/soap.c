/*
 * soap.c - the documents of Parlay X SMS, in and out.
 *
 * Out: an operation and its children stand in the service's namespace, everything below them in
 * none, since the schemas of the shared types are unqualified; so the namespace is bound to the
 * prefix p and never the default. In: whatever the field has been seen to send.
 */
#include "sdp/soap.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"

#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define HUAWEI "http://www.huawei.com.cn/schema/common/v2_1"
#define OASIS "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"

static const char *const local_ns[] = {
	[SOAP_2_1] = "http://www.csapi.org/schema/parlayx/sms/send/v2_1/local",
	[SOAP_2_2] = "http://www.csapi.org/schema/parlayx/sms/send/v2_2/local",
	[SOAP_3_1] = "http://www.csapi.org/schema/parlayx/sms/send/v3_1/local",
};

int
soap_check(const struct soap_style *s, struct verdict *v)
{
	if (s->header == SOAP_WSSE && (!*s->username || !*s->password))
		return never(v, "5.3.5", "header = wsse needs username and password_file");
	if (s->header != SOAP_HUAWEI)
		return 0;
	if (!*s->spid)
		return never(v, "5.3.5", "header = huawei needs spid");
	if (s->huawei_password != SOAP_NO_PASSWORD && !*s->password)
		return never(v, "5.3.5", "header = huawei needs password_file, or "
		    "huawei_password = none");
	return 0;
}

void
soap_moment_now(const struct soap_style *s, struct soap_moment *m)
{
	ssize_t got;

	*m = (struct soap_moment){ .now = time(NULL) };
	if (s->header != SOAP_WSSE)
		return;
	/* So few bytes come whole once the kernel has any (getrandom(2)); before, it waits. */
	got = getrandom(m->nonce, sizeof m->nonce, 0);
	assert(got == sizeof m->nonce);
}

void
soap_address(struct xml_writer *w, const char *name, const struct soap_style *s, const char *to)
{
	char uri[64];

	if (!*to)
		return;
	if (strncmp(to, "tel:+", 5) == 0 && s->address_form != SOAP_PLUS) {
		snprintf(uri, sizeof uri, "%s%s", s->address_form == SOAP_TEL ? "tel:" : "",
		    to + 5);
		to = uri;
	}
	xml_element(w, name, to);
}

void
soap_optional(struct xml_writer *w, const char *name, const char *value)
{
	/* An empty element would be a value, and a wrong one. */
	if (*value)
		xml_element(w, name, value);
}

/* spPassword: MD5(spId password timeStamp) in hex, or of the password alone. */
static void
put_sp_password(struct xml_writer *w, const struct soap_style *s, const char *stamp)
{
	struct digest *d = digest_begin(DIGEST_MD5);
	unsigned char md[DIGEST_MOST];
	char hex[DIGEST_HEX];

	if (s->huawei_password == SOAP_DIGEST)
		digest_add(d, s->spid, strlen(s->spid));
	digest_add(d, s->password, strlen(s->password));
	if (s->huawei_password == SOAP_DIGEST)
		digest_add(d, stamp, strlen(stamp));
	digest_hex(md, digest_end(d, md), hex);
	for (char *c = hex; s->huawei_upper && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	xml_element(w, "h:spPassword", hex);
}

static void
put_huawei(struct xml_writer *w, const struct soap_style *s, const struct soap_moment *m,
    const char *to)
{
	struct tm tm;
	char stamp[16];

	if (s->local_time)
		localtime_r(&m->now, &tm);
	else
		gmtime_r(&m->now, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &tm);

	xml_open(w, "h:RequestSOAPHeader");
	xml_attribute(w, "xmlns:h", HUAWEI);
	xml_element(w, "h:spId", s->spid);
	if (s->huawei_password != SOAP_NO_PASSWORD)
		put_sp_password(w, s, stamp);
	soap_optional(w, "h:serviceId", s->service_id);
	xml_element(w, "h:timeStamp", stamp);
	if (s->oa)
		soap_address(w, "h:OA", s, to);
	if (strcmp(s->fa, "recipient") == 0)
		soap_address(w, "h:FA", s, to);
	else
		soap_optional(w, "h:FA", s->fa);
	xml_close(w);
}

/* OASIS WSS UsernameToken Profile 1.0: PasswordDigest = Base64(SHA1(nonce created password)). */
static void
put_wsse(struct xml_writer *w, const struct soap_style *s, const struct soap_moment *m)
{
	struct digest *d = digest_begin(DIGEST_SHA1);
	unsigned char md[DIGEST_MOST];
	char base64[2 * DIGEST_MOST];
	char created[24];
	struct tm tm;

	gmtime_r(&m->now, &tm);
	strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &tm);
	digest_add(d, m->nonce, SOAP_NONCE);
	digest_add(d, created, strlen(created));
	digest_add(d, s->password, strlen(s->password));
	digest_base64(md, digest_end(d, md), base64);

	xml_open(w, "w:Security");
	xml_attribute(w, "xmlns:w", OASIS "wssecurity-secext-1.0.xsd");
	xml_attribute(w, "e:mustUnderstand", "1");
	xml_open(w, "w:UsernameToken");
	xml_element(w, "w:Username", s->username);
	xml_open(w, "w:Password");
	xml_attribute(w, "Type", OASIS "username-token-profile-1.0#PasswordDigest");
	xml_text(w, base64);
	xml_close(w);
	digest_base64(m->nonce, SOAP_NONCE, base64);
	xml_open(w, "w:Nonce");
	xml_attribute(w, "EncodingType", OASIS "soap-message-security-1.0#Base64Binary");
	xml_text(w, base64);
	xml_close(w);
	xml_open(w, "u:Created");
	xml_attribute(w, "xmlns:u", OASIS "wssecurity-utility-1.0.xsd");
	xml_text(w, created);
	xml_close(w);
	xml_close(w);
	xml_close(w);
}

void
soap_reference(struct xml_writer *w, const char *name, const char *endpoint, const char *interface,
    const char *correlator)
{
	xml_open(w, name);
	xml_element(w, "endpoint", endpoint);
	xml_element(w, "interfaceName", interface);
	xml_element(w, "correlator", correlator);
	xml_close(w);
}

struct xml_writer *
soap_begin(const struct soap_style *s, const struct soap_moment *m, const char *to, const char *ns,
    struct buf *out)
{
	struct xml_writer *w = xml_new_document(out);

	xml_open(w, "e:Envelope");
	xml_attribute(w, "xmlns:e", ENVELOPE);
	xml_attribute(w, "xmlns:p", ns);
	if (s->header != SOAP_NO_HEADER) {
		xml_open(w, "e:Header");
		if (s->header == SOAP_HUAWEI)
			put_huawei(w, s, m, to);
		else
			put_wsse(w, s, m);
		xml_close(w);
	}
	xml_open(w, "e:Body");
	return w;
}

int
soap_send_sms(const struct soap_style *s, const struct soap_moment *m, const char *to,
    const char *text, const char *correlator, struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, to, local_ns[s->version], out);

	xml_open(w, "p:sendSms");
	soap_address(w, "p:addresses", s, to);
	soap_optional(w, "p:senderName", s->sender);
	xml_element(w, "p:message", text);
	if (correlator && *s->callback)
		soap_reference(w, "p:receiptRequest", s->callback, s->interface_name, correlator);
	return xml_end_document(w);
}

int
soap_get_status(const struct soap_style *s, const struct soap_moment *m, const char *to,
    const char *request, struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, to, local_ns[s->version], out);

	xml_open(w, "p:getSmsDeliveryStatus");
	xml_element(w, "p:requestIdentifier", request);
	return xml_end_document(w);
}

/* What follows reads answers. */

/* Append one line's worth of s to what stands in out, cut between two characters. */
static void
append_line(char *out, size_t room, const char *s)
{
	size_t n = strlen(out);

	for (; *s && n + 1 < room; s++)
		out[n++] = (unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s;
	if (((unsigned char)*s & 0xc0) == 0x80) {
		/* Cut inside a character: what has been written of it goes, too. */
		while (n && ((unsigned char)out[n - 1] & 0xc0) == 0x80)
			n--;
		n -= n > 0;
	}
	out[n] = '\0';
}

/* A fault's text with %1 … %9 replaced by its `variables`, once: a variable's own %1 stays. */
static void
fill_in(struct arena *a, const char *text, const struct xml *exception, struct soap_answer *out)
{
	const char *value[9] = { 0 };
	unsigned n = 0;

	for (const struct xml *x = exception ? exception->first : NULL; x && n < 9; x = x->next)
		if (strcmp(x->name, "variables") == 0)
			value[n++] = xml_trimmed(a, x);
	if (n)
		append_line(out->variable, sizeof out->variable, value[0]);
	while (*text) {
		size_t plain = strcspn(text, "%");

		append_line(out->text, sizeof out->text, arena_strndup(a, text, plain));
		text += plain;
		if (*text && text[1] >= '1' && text[1] <= '9' && value[text[1] - '1']) {
			append_line(out->text, sizeof out->text, value[text[1] - '1']);
			text += 2;
		} else if (*text) {
			append_line(out->text, sizeof out->text, "%");
			text++;
		}
	}
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The first SVCnnnn or POLnnnn that stands alone in s, in the arena, or NULL. */
static const char *
id_in(struct arena *a, const char *s)
{
	for (const char *at = s; *at; at++) {
		if (at > s && is_word(at[-1]))
			continue;
		if (strncasecmp(at, "SVC", 3) != 0 && strncasecmp(at, "POL", 3) != 0)
			continue;
		if (strspn(at + 3, "0123456789") == 4 && !is_word(at[7]))
			return arena_strndup(a, at, 7);
	}
	return NULL;
}

/* A value that may go into logs, tables and the queue: short, of printable ASCII. */
static bool
keep_id(char out[SOAP_ID], const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if (value[i] <= ' ' || value[i] > '~')
			return false;
	if (!len || len >= SOAP_ID)
		return false;
	memcpy(out, value, len + 1);
	return true;
}

/* faultcode "e:Client.Authentication" without its prefix. */
static const char *
without_prefix(const char *code)
{
	const char *colon = strchr(code, ':');

	return colon ? colon + 1 : code;
}

/* Where the platforms hide a fault's id, the best place first. */
static void
find_fault_id(struct arena *a, const struct xml *fault, struct soap_answer *out)
{
	const struct xml *detail = xml_find(xml_child(fault, "detail"), "messageId");
	const char *code = without_prefix(xml_trimmed(a, xml_child(fault, "faultcode")));
	const char *in_text = id_in(a, xml_trimmed(a, xml_child(fault, "faultstring")));
	const char *in_code = strlen(code) == 7 ? id_in(a, code) : NULL;

	out->has_id = true;
	if (keep_id(out->id, xml_trimmed(a, detail)))
		return;
	if (in_code && keep_id(out->id, in_code))
		return;
	if (in_text && keep_id(out->id, in_text))
		return;
	out->has_id = false;
	if (strncasecmp(code, "Client", 6) == 0)
		strcpy(out->id, "client");
	else if (strncasecmp(code, "Server", 6) == 0)
		strcpy(out->id, "server");
	else if (!keep_id(out->id, code)) /* such as WS-Security's FailedAuthentication */
		strcpy(out->id, "default");
}

/* The element whose children include x's name, below parent. */
static const struct xml *
holder_of(const struct xml *parent, const char *name)
{
	const struct xml *found;

	if (!parent || xml_child(parent, name))
		return parent;
	for (const struct xml *x = parent->first; x; x = x->next)
		if ((found = holder_of(x, name)) && xml_child(found, name))
			return found;
	return NULL;
}

static void
read_fault(struct arena *a, const struct xml *fault, struct soap_answer *out)
{
	const struct xml *exception = holder_of(xml_child(fault, "detail"), "messageId");
	const char *text = xml_trimmed(a, xml_child(exception, "text"));

	out->kind = SOAP_FAULT;
	find_fault_id(a, fault, out);
	if (!*text)
		text = xml_trimmed(a, xml_child(fault, "faultstring"));
	fill_in(a, text, exception, out);
}

/* Some platforms answer 200 and <result><errorCode>…</errorCode><Description>… for a fault. */
static bool
read_error_code(struct arena *a, const struct xml *response, struct soap_answer *out)
{
	const struct xml *holder = holder_of(response, "errorCode");
	const char *code = xml_trimmed(a, xml_child(holder, "errorCode"));
	const struct xml *why = xml_child(holder, "Description");

	if (!*code)
		return false;
	out->kind = SOAP_FAULT;
	out->has_id = keep_id(out->id, strspn(code, "0") == strlen(code) ? "0" : code);
	if (!out->has_id)
		strcpy(out->id, "default");
	append_line(out->text, sizeof out->text,
	    xml_trimmed(a, why ? why : xml_child(holder, "description")));
	return true;
}

static void
read_response(struct arena *a, const struct xml *response, struct soap_answer *out)
{
	const struct xml *result = xml_child(response, "result");

	if (read_error_code(a, response, out))
		return;
	out->kind = SOAP_RESULT;
	out->has_id = *xml_trimmed(a, result) != '\0';
	keep_id(out->id, xml_trimmed(a, result));
	append_line(out->text, sizeof out->text,
	    xml_trimmed(a, xml_find(result, "deliveryStatus")));
	for (const struct xml *x = response->first; x; x = x->next)
		out->count += strcmp(x->name, "result") == 0;
}

void
soap_parse(const char *bytes, size_t len, const char *operation, struct soap_answer *out)
{
	struct arena *a = arena_new();
	const struct xml *root, *body, *fault, *response;
	struct verdict v;

	*out = (struct soap_answer){ .kind = SOAP_OTHER };
	root = len <= SOAP_MAX_ANSWER ? xml_parse(a, bytes, len, &v) : NULL;
	if (!root) {
		append_line(out->text, sizeof out->text,
		    len <= SOAP_MAX_ANSWER ? v.text : "the answer is too long");
		goto out;
	}
	body = strcmp(root->name, "Envelope") == 0 ? xml_child(root, "Body") : NULL;
	fault = xml_child(body, "Fault");
	response = xml_child(body, arena_printf(a, "%sResponse", operation));
	if (fault)
		read_fault(a, fault, out);
	else if (response)
		read_response(a, response, out);
	else if (!body || !read_error_code(a, body, out))
		append_line(out->text, sizeof out->text,
		    arena_printf(a, "no SOAP answer to %s", operation));
out:
	arena_free(a);
}
