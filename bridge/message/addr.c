/*
 * addr.c - parties and how they are written.
 *
 * Both readers walk their bytes once. A number is read in two steps: first its digits are picked
 * out of what people type around them, then the rules of where Trivium stands make E.164 of them.
 * Doubt is resolved towards refusing, since a message to a wrong number reaches a stranger.
 */
#include "bridge/message/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/conf.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"

enum {
	MAX_DOMAIN = 255,  /* RFC 5321 4.5.3.1.2 */
	MAX_MAILBOX = 320, /* 64, '@', 255; a long local part may use what the domain leaves */
	MAX_TYPED = 32,    /* digits: 15, an international prefix, and some to see it is too long */
	MAX_E164 = 15,
	MIN_E164 = 7,
	ANY_NATIONAL = 11, /* digits of the longest national number not in the table below */
};

const struct setting addr_settings[] = {
	{ "country_code", CONF_STRING, offsetof(struct addr_rules, country_code), "", NULL, NULL,
	    "put in front of numbers written without one; empty: those are refused" },
	{ "trunk_prefix", CONF_STRING, offsetof(struct addr_rules, trunk_prefix), "0", NULL, NULL,
	    "what national numbers begin with and international ones leave out; empty: nothing" },
	{ "international_prefix", CONF_STRING, offsetof(struct addr_rules, international_prefix),
	    "00", NULL, NULL, "what is dialled in place of \"+\"" },
	{ 0 },
};

static bool
all_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0';
}

int
addr_rules_check(const struct addr_rules *r, struct verdict *v)
{
	if (!all_digits(r->country_code) || strlen(r->country_code) > 3 || *r->country_code == '0')
		return never(v, "5.3.5",
		    "country_code = \"%s\": a country code has 1 to 3 digits and begins with no 0",
		    r->country_code);
	if (!all_digits(r->trunk_prefix) || strlen(r->trunk_prefix) > 4)
		return never(v, "5.3.5", "trunk_prefix = \"%s\" is not 0 to 4 digits",
		    r->trunk_prefix);
	if (!all_digits(r->international_prefix) || strlen(r->international_prefix) > 6)
		return never(v, "5.3.5", "international_prefix = \"%s\" is not 0 to 6 digits",
		    r->international_prefix);
	return 0;
}

/*
 * Digits of the longest ordinary national number, without trunk prefix, by country code. It tells a
 * number whose "+" was lost (33612345678) from a national one that happens to begin with the same
 * digits (9198123456 in India), and a trunk prefix of 1 or 8 from a number's own first digit.
 */
/* clang-format off */
static const struct {
	const char *code;
	unsigned char digits;
} plans[] = {
	{ "1", 10 }, { "7", 10 }, { "20", 10 }, { "27", 9 }, { "30", 10 }, { "31", 9 },
	{ "32", 9 }, { "33", 9 }, { "34", 9 }, { "36", 9 }, { "40", 9 }, { "41", 9 },
	{ "44", 10 }, { "45", 8 }, { "47", 8 }, { "48", 9 }, { "51", 9 }, { "52", 10 },
	{ "56", 9 }, { "57", 10 }, { "60", 10 }, { "61", 9 }, { "63", 10 }, { "64", 10 },
	{ "65", 8 }, { "66", 9 }, { "81", 10 }, { "82", 10 }, { "84", 10 }, { "90", 10 },
	{ "91", 10 }, { "92", 10 }, { "94", 9 }, { "98", 10 }, { "212", 9 }, { "213", 9 },
	{ "216", 8 }, { "221", 9 }, { "233", 9 }, { "234", 10 }, { "237", 9 }, { "251", 9 },
	{ "254", 9 }, { "255", 9 }, { "256", 9 }, { "260", 9 }, { "263", 9 }, { "351", 9 },
	{ "353", 9 }, { "354", 9 }, { "370", 8 }, { "371", 8 }, { "372", 8 }, { "375", 9 },
	{ "380", 9 }, { "420", 9 }, { "421", 9 }, { "852", 8 }, { "853", 8 }, { "880", 10 },
	{ "886", 9 }, { "961", 8 }, { "965", 8 }, { "966", 9 }, { "968", 8 }, { "971", 9 },
	{ "972", 9 }, { "973", 8 }, { "974", 8 }, { "977", 10 }, { "993", 8 }, { "998", 9 },
};
/* clang-format on */

/* Digits of the country's longest national number; 0: not known. */
static size_t
longest_national(const char *code)
{
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
		if (strcmp(plans[i].code, code) == 0)
			return plans[i].digits;
	return 0;
}

/* What was typed, once what stands around the digits is gone. */
struct typed {
	bool plus;
	char digits[MAX_TYPED + 1];
	size_t n;
	size_t zero_at; /* where in digits a "(0)" stood; 0: there was none behind another digit */
};

static int
digit_of(uint32_t c)
{
	static const uint32_t zeros[] = { '0', 0x0660, 0x06F0, 0xFF10 };

	for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return (int)(c - zeros[i]);
	return -1;
}

/* Is c one of the characters that people, their keyboards and their address books put between
 * digits? Address books wrap numbers into invisible marks of direction. */
static bool
stands_between(uint32_t c)
{
	/* clang-format off */
	static const uint32_t ranges[][2] = {
		{ '\t', '\t' }, { ' ', ' ' }, { '(', ')' }, { '-', '/' },
		{ 0x00A0, 0x00A0 }, { 0x00AD, 0x00AD }, { 0x061C, 0x061C }, { 0x2000, 0x2015 },
		{ 0x202A, 0x202F }, { 0x205F, 0x2060 }, { 0x2066, 0x2069 }, { 0x2212, 0x2212 },
		{ 0x3000, 0x3000 }, { 0xFEFF, 0xFEFF }, { 0xFF08, 0xFF09 }, { 0xFF0D, 0xFF0F },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

static bool
is_open(uint32_t c)
{
	return c == '(' || c == 0xFF08;
}

/* Does "0)" stand at p, so that the bracket before it encloses a lone zero? */
static bool
zero_enclosed(const char *p, const char *end)
{
	uint32_t c = 0;

	if (p == end || digit_of(utf8_next(&p, end)) != 0)
		return false;
	if (p != end)
		c = utf8_next(&p, end);
	return c == ')' || c == 0xFF09;
}

static int
refuse_character(uint32_t c, struct verdict *v)
{
	if (c > ' ' && c < 0x7f)
		return never(v, "5.1.3", "no phone number: \"%c\" does not belong in one", (int)c);
	return never(v, "5.1.3", "no phone number: the character U+%04X does not belong in one",
	    (unsigned)c);
}

/* Step over "tel:", and find where the number ends: at RFC 3966's parameters, or the type that MMS
 * platforms hang on ("/TYPE=PLMN"). */
static const char *
strip(const char **typed)
{
	const char *end;

	*typed += strspn(*typed, " \t");
	if (strncasecmp(*typed, "tel:", 4) == 0)
		*typed += 4;
	end = *typed + strcspn(*typed, ";");
	for (const char *p = *typed; p < end; p++)
		if (*p == '/' && strncasecmp(p, "/TYPE=", 6) == 0)
			return p;
	return end;
}

static int
pick_digits(const char *p, struct typed *t, struct verdict *v)
{
	const char *end = strip(&p);

	/* RFC 3966 5.1.5: these digits mean something in that context only, and another phone here. */
	if (strcasestr(end, ";phone-context="))
		return never(v, "5.1.3", "no phone number: it is one of a \"phone-context\" only");
	while (p < end) {
		uint32_t c = utf8_next(&p, end);
		int digit = digit_of(c);

		if (digit >= 0) {
			if (t->n == MAX_TYPED)
				return never(
				    v, "5.1.3", "no phone number: more than %d digits", MAX_TYPED);
			t->digits[t->n++] = (char)('0' + digit);
		} else if (c == '+' || c == 0xFF0B) {
			if (t->plus || t->n)
				return never(
				    v, "5.1.3", "no phone number: a \"+\" stands inside it");
			t->plus = true;
		} else if (!stands_between(c)) {
			return refuse_character(c, v);
		} else if (is_open(c) && zero_enclosed(p, end) && t->zero_at == 0) {
			t->zero_at = t->n;
		}
	}
	t->digits[t->n] = '\0';
	return t->n ? 0 : never(v, "5.1.3", "no phone number: there is no digit in it");
}

/* The length of the country code that E.164 digits begin with: ITU-T's plan has one digit (1, 7), the
 * two-digit codes listed here, and three digits for all others. */
static size_t
code_length(const char *digits)
{
	static const char two[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 "
				  "56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ";
	char code[4];

	if (*digits == '1' || *digits == '7')
		return 1;
	snprintf(code, sizeof code, "%.2s ", digits);
	return strstr(two, code) ? 2 : 3;
}

/*
 * Is there a 0 behind the country code where none can be? A platform may drop it as a trunk prefix,
 * so that +49 0900 … would pass every rule for +49900 and still ring there. In a few countries a
 * number does begin with 0.
 */
static bool
stray_zero(const char *digits)
{
	static const char *const with_zero[] = { "39", "225", "229", "241", "242", "378", "379" };
	size_t n = code_length(digits);

	if (digits[n] != '0')
		return false;
	for (size_t i = 0; i < sizeof with_zero / sizeof *with_zero; i++)
		if (strlen(with_zero[i]) == n && strncmp(with_zero[i], digits, n) == 0)
			return false;
	return true;
}

/* Write "+", the code and the digits, when together they can be a number. */
static int
finish(const char *code, const char *digits, char out[ADDR_NUMBER], struct verdict *v)
{
	size_t code_len = strlen(code), n = code_len + strlen(digits);

	if (n > MAX_E164)
		return never(v, "5.1.3",
		    "no phone number: too long, %zu digits with the country code, "
		    "and the most are %d",
		    n, MAX_E164);
	if (n < MIN_E164)
		return never(v, "5.1.3",
		    "no phone number: too short, %zu digits with the country code, "
		    "and the least are %d",
		    n, MIN_E164);
	if ((*code ? *code : *digits) == '0')
		return never(v, "5.1.3", "no phone number: no country code begins with 0");
	out[0] = '+';
	memcpy(out + 1, code, code_len);
	memcpy(out + 1 + code_len, digits, n - code_len + 1);
	if (stray_zero(out + 1))
		return never(v, "5.1.3",
		    "no phone number: a 0 stands behind the country code %.*s; leave it out",
		    (int)code_length(out + 1), out + 1);
	return 0;
}

/* The number has its country code, from digits[skip] on. In "+44 (0)20 …" the zero is for callers
 * from inside the country only; Italy's is part of the number. */
static int
international(struct typed *t, size_t skip, char out[ADDR_NUMBER], struct verdict *v)
{
	if (t->zero_at > skip && strncmp(t->digits + skip, "39", 2) != 0)
		memmove(t->digits + t->zero_at, t->digits + t->zero_at + 1, t->n - t->zero_at);
	return finish("", t->digits + skip, out, v);
}

/* Length of the trunk prefix in front of the digits, 0 when there is none. Only one beginning with
 * 0 can't be the number's own first digit; others count when the number is too long without. */
static size_t
trunk(const struct typed *t, const struct addr_rules *r, size_t longest)
{
	size_t n = strlen(r->trunk_prefix);

	if (n == 0 || strncmp(t->digits, r->trunk_prefix, n) != 0)
		return 0;
	return r->trunk_prefix[0] == '0' || t->n > longest ? n : 0;
}

static int
national(struct typed *t, const struct addr_rules *r, char out[ADDR_NUMBER], struct verdict *v)
{
	const char *code = r->country_code[0] == '+' ? r->country_code + 1 : r->country_code;
	size_t code_len = strlen(code), longest = longest_national(code), skip;

	if (code_len == 0)
		return never(v, "5.1.3",
		    "no phone number: it has no country code; write it with \"+\" "
		    "and the country code in front");
	if (code_len > 3 || code[0] == '0' || strspn(code, "0123456789") != code_len)
		return later(v, "4.3.5", "country_code in the configuration is not a country code");
	if (strncmp(t->digits, code, code_len) == 0 && t->n > (longest ? longest : ANY_NATIONAL))
		return international(t, 0, out, v);
	skip = trunk(t, r, longest);
	/* Else the short code 10086 would become the number +8610086. */
	if (t->n - skip < (code_len < 3 ? 7 : 5))
		return never(
		    v, "5.1.3", "no phone number: too short, and short codes are not served");
	return finish(code, t->digits + skip, out, v);
}

int
addr_number(const char *typed, const struct addr_rules *r, char out[ADDR_NUMBER], struct verdict *v)
{
	struct typed t = { .plus = false };
	size_t prefix = strlen(r->international_prefix);

	if (pick_digits(typed, &t, v) < 0)
		return -1;
	if (t.plus)
		return international(&t, 0, out, v);
	if (prefix && strncmp(t.digits, r->international_prefix, prefix) == 0)
		return international(&t, prefix, out, v);
	return national(&t, r, out, v);
}

static int
no_mailbox(struct verdict *v, const char *why)
{
	return never(v, "5.1.3", "no mail address: %s", why);
}

/* Step over a source route, "@one,@two:" (RFC 5321 4.1.2 and appendix C). The colon that ends it is
 * not one of those in an address literal. 0, or -1 and *v. */
static int
skip_route(const char **p, const char *end, struct verdict *v)
{
	bool literal = false;

	if (*p == end || **p != '@')
		return 0;
	for (; *p < end; (*p)++) {
		if (**p == '[' || **p == ']')
			literal = **p == '[';
		else if (**p == ':' && !literal) {
			(*p)++;
			return 0;
		}
	}
	return no_mailbox(v, "nothing stands before the @");
}

/* Read a local part in quotes (RFC 5321 4.1.2, Quoted-string); *p is behind the first quote. */
static int
quoted_local(const char **p, const char *end, struct mailbox *m, struct verdict *v)
{
	size_t n = 0;

	while (*p < end && **p != '"') {
		if (**p == '\\' && ++*p == end)
			break;
		m->local[n++] = *(*p)++;
	}
	if (*p == end)
		return no_mailbox(v, "a quote is not closed");
	(*p)++;
	m->local[n] = '\0';
	return 0;
}

/* Read a local part without quotes. Wider than RFC 5321's Dot-string, since "a..b" and "+44(0)20"
 * are in use; but nothing that would end, quote or repeat an address. */
static int
plain_local(const char **p, const char *end, struct mailbox *m, struct verdict *v)
{
	size_t n = strcspn(*p, "@ ,<>\"\\");

	if (n > (size_t)(end - *p))
		n = (size_t)(end - *p);
	memcpy(m->local, *p, n);
	m->local[n] = '\0';
	*p += n;
	if (*p < end && **p != '@')
		return never(v, "5.1.3", "no mail address: \"%c\" must stand in quotes", **p);
	return 0;
}

static bool
in_domain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c >= 0x80;
}

/* Read a domain up to the end: labels, or an address literal, which is taken as it stands. */
static int
domain(const char *p, const char *end, struct mailbox *m, struct verdict *v)
{
	size_t n = (size_t)(end - p);
	bool label = false; /* a character of the current label was seen */

	if (n == 0 || n > MAX_DOMAIN)
		return no_mailbox(
		    v, n ? "its domain is too long" : "no domain stands behind the @");
	for (size_t i = 0; i < n; i++)
		m->domain[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
	m->domain[n] = '\0';
	if (m->domain[0] == '[') {
		if (n < 3 || strcspn(m->domain, "]") != n - 1 ||
		    strspn(m->domain + 1, "abcdefghijklmnopqrstuvwxyz0123456789.:-") != n - 2)
			return no_mailbox(v, "its domain is no address in brackets");
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (m->domain[i] == '.' ? !label : !in_domain((unsigned char)m->domain[i]))
			return no_mailbox(v, "its domain is not one");
		label = m->domain[i] != '.';
	}
	/* The dot of the root, "example.com.": a lookup must find what it finds without. */
	if (!label)
		m->domain[n - 1] = '\0';
	return 0;
}

int
addr_mailbox(const char *given, struct mailbox *m, struct verdict *v)
{
	size_t len = strnlen(given, 2 * MAX_MAILBOX + 1);
	const char *p = given, *end = given + len;

	m->local[0] = m->domain[0] = '\0';
	if (len > 2 * MAX_MAILBOX)
		return no_mailbox(v, "it is too long");
	for (const char *q = p; q < end; q++)
		if ((unsigned char)*q < ' ' || *q == 0x7f)
			return no_mailbox(v, "a control character is in it");
	if (len && *p == '<') {
		if (len < 2 || end[-1] != '>')
			return no_mailbox(v, "\"<\" without \">\" at its end");
		p++, end--;
	}
	if (skip_route(&p, end, v) < 0)
		return -1;
	if (end - p > MAX_MAILBOX) /* What is left once a source route is gone. */
		return no_mailbox(v, "it is too long");
	if (p < end && *p == '"') {
		p++;
		if (quoted_local(&p, end, m, v) < 0)
			return -1;
	} else if (plain_local(&p, end, m, v) < 0)
		return -1;
	if (m->local[0] == '\0')
		return no_mailbox(v, p < end ? "nothing stands before the @" : "it is empty");
	if (p == end)
		return 0;
	if (*p != '@')
		return no_mailbox(v, "something stands between the quote and the @");
	return domain(p + 1, end, m, v);
}
