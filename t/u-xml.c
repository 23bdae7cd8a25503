/*
 * u-xml.c - XML in: what is read and what is refused; XML out: hostile text round trip.
 */
#include "bridge/base/xml.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "t/tap.h"

/* A tree as one line: name{ns}[prefix]="text"(children). */
static void
show(struct buf *b, const struct xml *x)
{
	const struct xml *child;

	buf_adds(b, x->name);
	if (*x->ns)
		buf_addf(b, "{%s}", x->ns);
	if (*x->prefix)
		buf_addf(b, "[%s]", x->prefix);
	if (*x->text)
		buf_addf(b, "=\"%s\"", x->text);
	if (x->first) {
		buf_adds(b, "(");
		for (child = x->first; child; child = child->next) {
			show(b, child);
			if (child->next)
				buf_adds(b, " ");
		}
		buf_adds(b, ")");
	}
}

#define DOC(s) s, sizeof(s) - 1

static const struct {
	const char *name;
	const char *doc;
	size_t len;
	const char *want;
} good[] = {
	{ "empty element", DOC("<a/>"), "a" },
	{ "declaration", DOC("<?xml version='1.0' encoding='UTF-8'?>\n<a>x</a>\n"), "a=\"x\"" },
	{ "byte order mark", DOC("\xef\xbb\xbf<a>x</a>"), "a=\"x\"" },
	{ "children in order", DOC("<a><b>1</b><c>2</c><b>3</b></a>"),
	    "a(b=\"1\" c=\"2\" b=\"3\")" },
	{ "text is joined around children", DOC("<a>x<b/>y</a>"), "a=\"xy\"(b)" },
	{ "text is joined around comments and PIs", DOC("<a>x<!-- <b> -->y<?p i?>z</a>"),
	    "a=\"xyz\"" },
	{ "CDATA", DOC("<a>1<![CDATA[<&]]>2</a>"), "a=\"1<&2\"" },
	{ "the five entities", DOC("<a>&lt;&gt;&amp;&apos;&quot;</a>"), "a=\"<>&'\"\"" },
	{ "character references", DOC("<a>&#x48;&#105;&#13;&#x1F600;</a>"),
	    "a=\"Hi\r\xf0\x9f\x98\x80\"" },
	{ "line ends", DOC("<a>1\r\n2\r3\n</a>"), "a=\"1\n2\n3\n\"" },
	{ "namespace with prefix", DOC("<s:a xmlns:s='urn:s'><s:b/></s:a>"),
	    "a{urn:s}[s](b{urn:s}[s])" },
	{ "namespace by default, then none", DOC("<a xmlns='urn:s'><b><c xmlns=''/></b></a>"),
	    "a{urn:s}(b{urn:s}(c))" },
	{ "prefixes re-bound", DOC("<p:a xmlns:p='1'><p:b xmlns:p='2'/><p:c/></p:a>"),
	    "a{1}[p](b{2}[p] c{1}[p])" },
	{ "a prefix nobody declared is the sender's sloppiness", DOC("<q:a><q:b/></q:a>"),
	    "a[q](b[q])" },
	{ "an undeclared prefix of an attribute too", DOC("<a xsi:nil='true'/>"), "a" },
	{ "Latin-1", DOC("<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xe9</a>"),
	    "a=\"caf\xc3\xa9\"" },
	{ "UTF-16 LE with mark", DOC("\xff\xfe<\0a\0>\0\x42\x30<\0/\0a\0>\0"),
	    "a=\"\xe3\x81\x82\"" },
	{ "UTF-16 BE with mark", DOC("\xfe\xff\0<\0a\0>\x30\x42\0<\0/\0a\0>"),
	    "a=\"\xe3\x81\x82\"" },
	{ "white space stays", DOC("<a> <b> </b> </a>"), "a=\"  \"(b=\" \")" },
	{ "white space and a comment behind", DOC("<a/> <!-- c -->\n"), "a" },
};

static const struct {
	const char *name;
	const char *doc;
	size_t len;
	const char *why; /* found in the verdict */
} bad[] = {
	{ "nothing", DOC(""), "empty" },
	{ "white space", DOC("  \n"), "line" },
	{ "text", DOC("hello"), "line 1" },
	{ "cut in text", DOC("<a><b>x"), "line 1" },
	{ "cut in a tag", DOC("<a><b"), "line 1" },
	{ "cut before the last tag's end", DOC("<a>\n<b/></a"), "line 2" },
	{ "tags crossed", DOC("<a><b></a></b>"), "mismatch" },
	{ "two roots", DOC("<a/><b/>"), "line 1" },
	{ "text behind", DOC("<a/>x"), "line 1" },
	{ "NUL behind", DOC("<a/>\0<!DOCTYPE"), "line 1" },
	{ "NUL in text", DOC("<a>x\0y</a>"), "line 1" },
	{ "control character", DOC("<a>\x01</a>"), "line 1" },
	{ "reference to a control character", DOC("<a>&#1;</a>"), "line 1" },
	{ "reference to NUL", DOC("<a>&#0;</a>"), "line 1" },
	{ "reference beyond Unicode", DOC("<a>&#x110000;</a>"), "line 1" },
	{ "bad UTF-8", DOC("<a>caf\xe9</a>"), "line 1" },
	{ "overlong UTF-8", DOC("<a>\xc0\xbc</a>"), "line 1" },
	{ "surrogate in UTF-8", DOC("<a>\xed\xa0\x80</a>"), "line 1" },
	{ "attribute twice", DOC("<a b='1' b='2'/>"), "redefined" },
	{ "attribute without quotes", DOC("<a b=1/>"), "line 1" },
	{ "less-than in an attribute", DOC("<a b='<'/>"), "line 1" },
	{ "unknown entity", DOC("<a>&nbsp;</a>"), "nbsp" },
	{ "unknown entity in an attribute", DOC("<a b='&x;'/>"), "line 1" },
	{ "unknown encoding", DOC("<?xml version='1.0' encoding='X-NO'?><a/>"), "ncoding" },
	{ "DOCTYPE", DOC("<!DOCTYPE a><a/>"), "DOCTYPE" },
	{ "DOCTYPE behind the root", DOC("<a/><!DOCTYPE a>"), "line 1" },
	{ "external subset", DOC("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), "DOCTYPE" },
	{ "external entity",
	    DOC("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"), "DOCTYPE" },
	{ "parameter entity",
	    DOC("<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/'>%x;]><a/>"), "DOCTYPE" },
	{ "billion laughs",
	    DOC("<!DOCTYPE a [<!ENTITY l 'ha'><!ENTITY m '&l;&l;&l;&l;&l;&l;&l;&l;'>"
		"<!ENTITY n '&m;&m;&m;&m;&m;&m;&m;&m;'>]><a>&n;&n;</a>"),
	    "DOCTYPE" },
	{ "defaulted attributes", DOC("<!DOCTYPE a [<!ATTLIST a b CDATA 'x'>]><a/>"), "DOCTYPE" },
	{ "HTML", DOC("<html><p>Service unavailable<br></html>"), "mismatch" },
};

static void
test_good(void)
{
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct arena *a = arena_new();
		struct verdict v = { 0 };
		/* A heap copy without a NUL behind, so that a read beyond the end is noticed. */
		char *doc = malloc(good[i].len);
		struct xml *x;
		struct buf b;

		memcpy(doc, good[i].doc, good[i].len);
		x = xml_parse(a, doc, good[i].len, &v);
		free(doc);
		buf_init(&b, 1000);
		if (x)
			show(&b, x);
		else
			buf_addf(&b, "refused: %s", v.text);
		is_str(buf_str(&b), good[i].want, good[i].name);
		buf_free(&b);
		arena_free(a);
	}
}

static void
test_bad(void)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct arena *a = arena_new();
		struct verdict v = { 0 };
		char *doc = malloc(bad[i].len + 1);
		struct xml *x;

		memcpy(doc, bad[i].doc, bad[i].len);
		x = xml_parse(a, doc, bad[i].len, &v);
		free(doc);
		if (!ok(!x && v.is == NEVER && strstr(v.text, bad[i].why) && !strchr(v.text, '\n'),
			"refused: %s", bad[i].name))
			printf("# verdict: %s\n", v.text);
		arena_free(a);
	}
}

/* head, then `unit` `times` times, then tail. */
static void
test_big(const char *name, const char *head, const char *unit, size_t times, const char *tail,
    const char *why)
{
	struct arena *a = arena_new();
	struct verdict v = { 0 };
	struct buf b;
	struct xml *x;

	buf_init(&b, 64 << 20);
	buf_adds(&b, head);
	while (times--)
		buf_adds(&b, unit);
	buf_adds(&b, tail);
	x = xml_parse(a, b.data, b.len, &v);
	if (!ok(why ? !x && strstr(v.text, why) : x != NULL, "%s", name))
		printf("# verdict: %s\n", v.text);
	buf_free(&b);
	arena_free(a);
}

static void
test_limits(void)
{
	test_big("10,000 levels", "", "<a>", 10000, "", "deep");
	test_big("32 levels", "<a>", "<a>", 31,
	    "</a></a></a></a></a></a></a></a></a></a></a></a></a>"
	    "</a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>",
	    NULL);
	test_big("33 levels", "<a>", "<a>", 32, "", "deep");
	test_big("1,000,000 elements", "<a>", "<b/>", 1000000, "</a>", "too many elements");
	test_big("10,000 elements", "<a>", "<b/>", XML_MAX_ELEMENTS - 1, "</a>", NULL);
	test_big("10,001 elements", "<a>", "<b/>", XML_MAX_ELEMENTS, "</a>", "too many elements");
	test_big("a long namespace name", "<a xmlns='", "urn:", 100000, "'/>", "namespace");
	test_big(
	    "an attribute over and over", "<a ", " b='c'", 100000, "/>", "too many attributes");
	test_big("251 attributes after a comment", "<!-- don't --><a", " b=\"<!--'\"", 251, "/>",
	    "line 1");
	test_big("many prefixes", "<a", " xmlns:a='b>'", 251, "/>", "too many attributes");
	test_big("a tag's attributes do not count for the next", "<a>", "<b c='1' d=\"'\"/>", 1000,
	    "</a>", NULL);
	test_big("quotes in text", "<a>", "'\"", 10000, "</a>", NULL);
	test_big("128 KB in another encoding", "<?xml version='1.0' encoding='windows-1252'?><a>",
	    "xxxxxxxxxxxxxxxx", 8000, "</a>", NULL);
	test_big("more in another encoding", "<?xml version='1.0'  encoding = 'UTF-7'?><a>",
	    "xxxxxxxxxxxxxxxx", 9000, "</a>", "encoding");
	test_big("more in Latin-1", "<?xml version='1.0' encoding=\"ISO-8859-1\"?><a>",
	    "xxxxxxxxxxxxxxx\xe9", 9000, "</a>", NULL);
	test_big("more in UTF-8", "\xef\xbb\xbf<?xml version='1.0' encoding=\"UTF-8\"?><a>",
	    "xxxxxxxxxxxxxxxx", 9000, "</a>", NULL);
	test_big("4 MB of text", "<a>", "0123456789abcdef", 1 << 18, "</a>", NULL);
	test_big("4 MB of references", "<a>", "&#97;&lt;", 1 << 18, "</a>", NULL);
}

static void
test_walk(void)
{
	static const char doc[] = "<e><h><id>1</id></h><b><r><id> \n 2\t</id><x/></r></b></e>";
	struct arena *a = arena_new();
	struct verdict v;
	struct xml *x = xml_parse(a, doc, sizeof(doc) - 1, &v);

	is_str(xml_find(x, "id")->text, "1", "find: the first in document order");
	ok(!xml_child(x, "id"), "child: not a grandchild");
	is_str(xml_trimmed(a, xml_child(xml_child(xml_child(x, "b"), "r"), "id")), "2", "trimmed");
	is_str(xml_trimmed(a, xml_find(x, "x")), "", "trimmed: empty");
	is_str(xml_trimmed(a, xml_child(xml_child(NULL, "b"), "r")), "", "NULL goes through");
	ok(!xml_find(x, "e"), "find: below, not itself");
	arena_free(a);
}

static const struct {
	const char *name, *text, *want;
} texts[] = {
	{ "plain", "Hello", "Hello" },
	{ "markup", "</a>&amp;<b c=\"'\">]]>", "</a>&amp;<b c=\"'\">]]>" },
	{ "CR", "1\r\n2\r", "1\r\n2\r" },
	{ "tab and line feed", "\t1\n", "\t1\n" },
	{ "control bytes are left out",
	    "\x01"
	    "a\x1b[0m\x7f\x08",
	    "a[0m\x7f" },
	{ "no character U+FFFE, U+FFFF",
	    "a\xef\xbf\xbe\xef\xbf\xbf"
	    "b",
	    "ab" },
	{ "bad UTF-8", "caf\xe9!", "caf\xef\xbf\xbd!" },
	{ "cut UTF-8", "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "emoji", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	{ "nothing", "", "" },
};

static void
test_write(void)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct arena *a = arena_new();
		struct verdict v = { 0 };
		struct xml_writer *w;
		struct xml *x;
		struct buf b;

		buf_init(&b, 10000);
		w = xml_new_document(&b);
		xml_open(w, "p:a");
		xml_attribute(w, "xmlns:p", "urn:p");
		xml_attribute(w, "b", texts[i].text);
		xml_text(w, texts[i].text);
		xml_element(w, "c", texts[i].text);
		is_int(xml_end_document(w), 0, "written");
		x = xml_parse(a, b.data, b.len, &v);
		if (!x)
			printf("# %s: %s\n", v.text, b.data);
		is_str(x ? x->text : NULL, texts[i].want, texts[i].name);
		is_str(x ? x->ns : NULL, "urn:p", "its namespace");
		is_str(
		    xml_child(x, "c") ? xml_child(x, "c")->text : NULL, texts[i].want, "and again");
		buf_free(&b);
		arena_free(a);
	}
}

static void
test_exact(void)
{
	struct xml_writer *w;
	struct buf b;

	buf_init(&b, 1000);
	w = xml_new_document(&b);
	xml_open(w, "a");
	xml_attribute(w, "x", "1\n2\t\"<&\r");
	xml_open(w, "b");
	xml_close(w);
	xml_element(w, "c", "\r<&>\"");
	xml_open(w, "d");
	is_int(xml_end_document(w), 0, "open elements are closed");
	is_str(b.data,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<a "
	    "x=\"1&#10;2&#9;&quot;&lt;&amp;&#13;\"><b></b><c>&#13;&lt;&amp;&gt;&quot;</c><d/></"
	    "a>\n",
	    "the bytes");
	buf_free(&b);

	buf_init(&b, 50);
	w = xml_new_document(&b);
	xml_element(w, "a", "0123456789");
	is_int(xml_end_document(w), -1, "a full buffer is told");
	buf_free(&b);
}

int
main(void)
{
	test_good();
	test_bad();
	test_limits();
	test_walk();
	test_write();
	test_exact();
	return tap_done();
}
