/*
 * u-xmlpush.c - XML in pieces: whole, byte by byte, hostile, and for a very long time.
 */
#include <malloc.h>
#include <stdlib.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/base/xmlpush.h"
#include "t/tap.h"

#define HEADER "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' " \
	"xmlns:stream='http://etherx.jabber.org/streams' id='a&amp;b' from='gw'>"

/* Write an element and all in it in one line. */
static void
show(const struct xml *x, struct buf *out)
{
	buf_addf(out, "%s", x->name);
	for (const struct xml_attr *a = x->attrs; a; a = a->next)
		buf_addf(out, " %s=%s", a->name, a->value);
	if (*x->text)
		buf_addf(out, " \"%s\"", x->text);
	for (const struct xml *c = x->first; c; c = c->next) {
		buf_adds(out, "(");
		show(c, out);
		buf_adds(out, ")");
	}
}

static void
drain(struct xmlpush *p, struct buf *out)
{
	static const char *const names[] = { "", "open:", "tree:", "cut:", "closed" };
	enum xmlpush_what what;
	const struct xml *x;

	while ((what = xmlpush_next(p, &x)) != XMLPUSH_NOTHING) {
		buf_addf(out, "%s%s", out->len ? "; " : "", names[what]);
		if (x)
			show(x, out);
	}
}

/* All that is found in the bytes, fed `step` at a time; "!" and the reason when it is refused. */
static char *
read_all(const char *bytes, size_t len, size_t step, size_t max)
{
	struct xmlpush *p = xmlpush_new(max);
	struct buf out;
	struct verdict v;
	char *result;

	buf_init(&out, 1 << 20);
	for (size_t at = 0; at < len; at += step) {
		int rc = xmlpush_feed(p, bytes + at, len - at < step ? len - at : step, &v);

		drain(p, &out);
		if (rc < 0) {
			buf_adds(&out, out.len ? "; !" : "!");
			break;
		}
	}
	xmlpush_free(p);
	result = strdup(buf_str(&out));
	buf_free(&out);
	return result;
}

#define OPEN "open:stream id=a&b from=gw"

static const struct {
	const char *name, *bytes, *want;
} cases[] = {
	{ "a header", HEADER, OPEN },
	{ "a message", HEADER "<message to='x' from='y'><body>a &lt; b</body></message>",
	    OPEN "; tree:message to=x from=y(body \"a < b\")" },
	{ "two, white space between", HEADER " <a/>\n\n<b>t</b> ", OPEN "; tree:a; tree:b \"t\"" },
	{ "its end", HEADER "<a/></stream:stream>", OPEN "; tree:a; closed" },
	{ "no declaration", "<s id='1'><a/>", "open:s id=1; tree:a" },
	{ "raw > in text and attribute", HEADER "<a x='1>2'>3>4</a>", OPEN "; tree:a x=1>2 \"3>4\"" },
	{ "quotes in text", HEADER "<a>it's \"so\"</a><b/>", OPEN "; tree:a \"it's \"so\"\"; tree:b" },
	{ "CDATA", HEADER "<a><![CDATA[<b>]]></a>", OPEN "; tree:a \"<b>\"" },
	{ "references", HEADER "<a>&#65;&#x42;&amp;&quot;</a>", OPEN "; tree:a \"AB&\"\"" },
	{ "attributes of a namespace are not kept", HEADER "<a xml:lang='de' b='1'/>", OPEN "; tree:a b=1" },
	{ "a comment", HEADER "<!-- x --><a/>", OPEN "; !" },
	{ "an instruction", HEADER "<?x y?><a/>", OPEN "; !" },
	{ "a DOCTYPE", "<!DOCTYPE s [<!ENTITY x 'y'>]><s>&x;</s>", "!" },
	{ "an entity", HEADER "<a>&nbsp;</a>", OPEN "; !" },
	{ "a control character", HEADER "<a>\x01</a>", OPEN "; !" },
	{ "a control character by reference", HEADER "<a>&#1;</a>", OPEN "; !" },
	{ "bytes that are not UTF-8", HEADER "<a>\xff</a>", OPEN "; !" },
	{ "a surrogate", HEADER "<a>\xed\xa0\x80</a>", OPEN "; !" },
	{ "U+FFFE", HEADER "<a>\xef\xbf\xbe</a>", OPEN "; !" },
	{ "tags that cross", HEADER "<a><b></a></b>", OPEN "; !" },
	{ "an attribute twice", HEADER "<a b='1' b='2'/>", OPEN "; !" },
	{ "what stands before the fault is there", HEADER "<a/><b></c>", OPEN "; tree:a; !" },
	{ "no XML at all", "HTTP/1.1 400 Bad Request\r\n\r\n", "!" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static const size_t steps[] = { 1 << 20, 1, 7 };

		for (size_t s = 0; s < 3; s++) {
			char *got = read_all(cases[i].bytes, strlen(cases[i].bytes), steps[s], 4096);
			char name[200];

			snprintf(name, sizeof name, "%s, %zu at a time", cases[i].name, steps[s]);
			is_str(got, cases[i].want, name);
			free(got);
		}
	}
}

/* before, n times `each` (where a %d may stand for the number), after; then "<z/>". */
static const struct {
	const char *name, *before, *each;
	int n;
	const char *after, *want; /* want: how the outcome begins */
	const char *end;	  /* how it ends */
} limits[] = {
	{ "a text that is too long is cut", "<m id='7'><body>", "0123456789", 3000, "</body></m>",
	    "cut:m id=7", "; tree:z" },
	{ "5000 elements are cut", "<m id='7'>", "<e/>", 5000, "</m>", "cut:m id=7", "; tree:z" },
	{ "100 attributes are not too many", "<m ", "a%d='/>' ", 100, "/>", "tree:m a0=/> ",
	    " a99=/>; tree:z" },
	{ "20000 are cut to 100", "<m ", "a%d='/>' ", 2000, "/>", "cut:m a0=/> ", " a99=/>; tree:z" },
	{ "those of an element inside", "<m id='7'><e ", "a%d=\"'\" ", 1000, ">t</e></m>",
	    "cut:m id=7", "; tree:z" },
	{ "a tree that never ends is given up", "<m><body>", "xxxxxxxxxxxxxxxx", 50000, "", "!", "!" },
	{ "so is a tag", "<m a='", "xxxxxxxxxxxxxxxx", 50000, "", "!", "!" },
	{ "white space is no part of a tree", "", "          ", 50000, "", "tree:z", "" },
};

static void
test_limits(void)
{
	char each[64], *got;
	struct buf b;

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		buf_init(&b, 1 << 22);
		buf_addf(&b, HEADER "%s", limits[i].before);
		for (int k = 0; k < limits[i].n; k++) {
			const char *at = strstr(limits[i].each, "%d");

			snprintf(each, sizeof each, "%.*s%d%s",
			    at ? (int)(at - limits[i].each) : 0, limits[i].each, k, at ? at + 2 : "");
			buf_adds(&b, at ? each : limits[i].each);
		}
		buf_addf(&b, "%s<z/>", limits[i].after);
		got = read_all(b.data, b.len, 1000, 20000);
		if (!ok(strncmp(got, OPEN "; ", strlen(OPEN) + 2) == 0 &&
		    strncmp(got + strlen(OPEN) + 2, limits[i].want, strlen(limits[i].want)) == 0 &&
		    strcmp(got + strlen(got) - strlen(limits[i].end), limits[i].end) == 0,
		    "%s", limits[i].name))
			printf("# %.300s\n", got);
		free(got);
		buf_free(&b);
	}
}

static void
test_depth(void)
{
	struct buf b;
	char *got;

	buf_init(&b, 1 << 22);
	buf_adds(&b, HEADER "<m id='7'>");
	for (int i = 0; i < 5000; i++)
		buf_adds(&b, "<d>");
	for (int i = 0; i < 5000; i++)
		buf_adds(&b, "</d>");
	buf_adds(&b, "</m><z/>");
	got = read_all(b.data, b.len, 1000, 1 << 20);
	is_str(got, OPEN "; cut:m id=7; tree:z", "elements nested 5000 deep are cut");
	free(got);
	buf_reset(&b);
	buf_adds(&b, "<s a='");
	for (int i = 0; i < 10000; i++)
		buf_adds(&b, "x");
	got = read_all(b.data, b.len, 4096, 4096);
	is_str(got, "!", "a header that never ends is refused");
	free(got);
	buf_free(&b);
}

/* libxml2 remembers each name; the parser must be renewed, or the daemon grows for ever. */
static void
test_names(void)
{
	struct xmlpush *p = xmlpush_new(4096);
	size_t before = 0, trees = 0;
	struct verdict v;
	const struct xml *x;
	char bytes[100];
	bool fine = true;

	(void)before; /* a sanitizer's allocator has no count */

	xmlpush_feed(p, HEADER, strlen(HEADER), &v);
	for (int i = 0; i < 200000; i++) {
		snprintf(bytes, sizeof bytes, "<n%d xmlns='ns' a%d='1'><b/></n%d>", i, i, i);
		fine = fine && xmlpush_feed(p, bytes, strlen(bytes), &v) == 0;
		for (enum xmlpush_what what; (what = xmlpush_next(p, &x)) != XMLPUSH_NOTHING;)
			trees += what == XMLPUSH_TREE && strcmp(x->ns, "ns") == 0;
		if (i == 50000)
			before = mallinfo2().uordblks;
	}
	ok(fine && trees == 200000, "200000 trees with names of their own are all read");
#ifndef __SANITIZE_ADDRESS__
	ok(mallinfo2().uordblks < before + (4 << 20), "and are forgotten (%zu kB more)",
	    (mallinfo2().uordblks - before) / 1000);
#endif
	xmlpush_free(p);
}

/* Whoever handles a tree may stop there; the rest is freed. */
static void
test_stop(void)
{
	struct xmlpush *p = xmlpush_new(4096);
	struct verdict v;
	const struct xml *x;

	ok(xmlpush_feed(p, HEADER "<a/><b/><c", strlen(HEADER) + 10, &v) == 0, "fed");
	ok(xmlpush_next(p, &x) == XMLPUSH_OPENED && xmlpush_next(p, &x) == XMLPUSH_TREE, "half read");
	xmlpush_free(p);
	xmlpush_free(NULL);
}

int
main(void)
{
	test_cases();
	test_limits();
	test_depth();
	test_names();
	test_stop();
	return tap_done();
}
