/*
 * heading.c - what stands above a text: its subject as a person would say it, its sender's name.
 */
#include "bridge/message/heading.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"

/*
 * What mail programs put before the subject of an answer or a forwarded mail; a colon follows, and
 * often a count before it. Small ASCII letters are as good as capitals.
 */
/* clang-format off */
static const char *const prefixes[] = {
	"RE", "FW", "FWD", /* English, and most programs */
	"AW", "WG", "ANTWORT", "WEITERGELEITET", /* German */
	"TR", /* French */
	"RV", "RES", "ENC", /* Spanish, Portuguese */
	"R", "RIF", "I", "INOLTRA", /* Italian */
	"ANTW", "DOORST", /* Dutch */
	"SV", "VS", "VB", "VL", "VIDERESENDT", "VIDEREBEFORDRET", /* the North */
	"ODP", "PD", /* Polish */
	"ATB", "ATB.", /* Latvian */
	"VÁ", "Vá", "TOVÁBBÍTÁS", "Továbbítás", "TOV", "TOVÁBB", /* Hungarian */
	"RĂSP", "Răsp", "RASP", /* Romanian */
	"YNT", "İLT", "İlt", "ilt", /* Turkish */
	"ΑΠ", "Απ", "ΠΡΘ", "Πρθ", "ΣΧΕΤ", "Σχετ", /* Greek */
	"ОТВ", "Отв", "ПЕР", "Пер", "ВІДП", "Відп", "ПЕРЕСЛ", "Пересл", /* Slavic */
	"BLS", "TRS", /* Indonesian */
	"回复", "回覆", "答复", "答覆", "转发", "轉寄", "轉發", /* Chinese */
	"返信", "転送", /* Japanese */
	"답장", "회신", "전달", /* Korean */
	"رد", "إعادة توجيه", "پاسخ", "השב", "הועבר", "תשובה", "העברה", "ตอบ", "ส่งต่อ",
};
/* clang-format on */

static const char *
skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t' || strncmp(s, "\xc2\xa0", 2) == 0)
		s += *s == '\xc2' ? 2 : 1;
	return s;
}

/* Behind a colon, also a wide one, with a count before it or not: "[2]:", "(3):", "^4:", " :". NULL
 * when there is none. */
static const char *
skip_colon(const char *s)
{
	s = skip_blanks(s);
	if (*s == '[' || *s == '(' || *s == '^') {
		char close = *s == '[' ? ']' : ')';
		size_t digits = strspn(s + 1, "0123456789");

		if (digits == 0 || digits > 4 || (*s != '^' && s[1 + digits] != close))
			return NULL;
		s = skip_blanks(s + 1 + digits + (*s != '^'));
	}
	if (*s == ':')
		return s + 1;
	return strncmp(s, "\xef\xbc\x9a", 3) == 0 ? s + 3 : NULL;
}

const char *
heading_bare(const char *subject)
{
	size_t i = 0;

	subject = skip_blanks(subject);
	if (!strchr(subject, ':') && !strstr(subject, "\xef\xbc\x9a"))
		return subject;
	while (i < sizeof prefixes / sizeof prefixes[0]) {
		size_t n = strlen(prefixes[i]);
		const char *behind = NULL;

		if (strncasecmp(subject, prefixes[i], n) == 0)
			behind = skip_colon(subject + n);
		if (behind) {
			subject = skip_blanks(behind);
			i = 0;
		} else {
			i++;
		}
	}
	return subject;
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

/* Letters of Latin, Greek, Cyrillic, Hebrew and Arabic begin with 0xC3 to 0xDF. */
static bool
in_word(unsigned char c)
{
	return isalnum(c) || (c >= 0xC3 && c <= 0xDF);
}

bool
heading_repeated(const char *subject, const char *text)
{
	bool any = false;

	while (is_white(*subject))
		subject++;
	while (is_white(*text))
		text++;
	while (*subject) {
		for (; *subject && !is_white(*subject); subject++, text++, any = true)
			if (tolower((unsigned char)*subject) != tolower((unsigned char)*text))
				return false;
		while (is_white(*subject))
			subject++;
		if (*subject && !is_white(*text))
			return false;
		while (*subject && is_white(*text))
			text++;
	}
	return any && !in_word((unsigned char)*text);
}

/* Append what stands between quotes; s is behind the first. Returns what is behind the last. */
static const char *
add_quoted(const char *s, struct buf *out)
{
	for (; *s && *s != '"'; s++) {
		if (*s == '\\' && s[1])
			s++;
		buf_add(out, s, 1);
	}
	return *s ? s + 1 : s;
}

/* Take off white space at the end, down to `start`. */
static void
trim_end(struct buf *out, size_t start)
{
	while (out->len > start && is_white(out->data[out->len - 1]))
		out->data[--out->len] = '\0';
}

void
heading_name(const char *from, struct buf *out)
{
	size_t start = out->len, n;
	const char *s = from = skip_blanks(from), *open;

	while (*s && *s != '<')
		if (*s == '"')
			s = add_quoted(s + 1, out);
		else
			buf_add(out, s++, 1);
	trim_end(out, start);
	if (*s == '<' && out->len == start) {
		n = strcspn(++s, ">");
		buf_add(out, s, n);
	} else if (!*s && (open = strchr(from, '(')) && open > from) {
		/* The address, and its name as a comment. */
		n = strcspn(open + 1, ")");
		if (n && out->data) {
			out->len = start;
			out->data[start] = '\0';
			buf_add(out, open + 1, n);
		}
	}
	trim_end(out, start);
}
