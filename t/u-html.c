/*
 * u-html.c - what a person would read of a page, however it is cut and however broken it is.
 */
#include "bridge/message/html.h"

#include <stdlib.h>

#include "bridge/base/buf.h"
#include "t/tap.h"

static const struct {
	const char *name, *page, *text;
} rows[] = {
	{ "nothing", "", "" },
	{ "text", "Hello", "Hello" },
	{ "white space is folded", " a \n\t b ", "a b" },
	{ "a page", "<!DOCTYPE html><html><head><title>T</title></head><body>Hello</body></html>",
	    "Hello" },
	{ "inline elements", "a<b>b</b><i>c</i> <span>d</span>", "abc d" },
	{ "a space at a tag", "a <b>b</b> c", "a b c" },
	{ "a link", "<a href='http://x/'>here</a>", "here (http://x/)" },
	{ "a link that says its target", "<a href='https://www.x.org/'>x.org</a>", "x.org" },
	{ "a link that says another one", "<a href='http://evil.example/'>www.bank.example</a>",
	    "www.bank.example (http://evil.example/)" },
	{ "a link with counters", "<a href='http://x/a?utm_source=b&c=d&utm_medium=e'>f</a>",
	    "f (http://x/a?c=d)" },
	{ "a link through a counter",
	    "<a href='http://click.x.org/ls/click?upn=a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5'>b</a>", "b" },
	{ "a link behind another",
	    "<a href='https://www.google.com/url?q=https%3A%2F%2Fx.org%2Fa&sa=D'>b</a>",
	    "b (https://x.org/a)" },
	{ "a link to be rid of it", "<a href='http://x/u'>Unsubscribe</a>", "Unsubscribe" },
	{ "a link to mail", "<a href='mailto:a@b'>write</a>", "write" },
	{ "a link within the page", "<a href='#a'>b</a><a name=c>d</a>", "bd" },
	{ "a link around a picture", "<a href='http://x/'><img alt='Shop' src=a></a>",
	    "Shop (http://x/)" },
	{ "a link and a stop", "see <a href='http://x/'>this </a>.", "see this (http://x/)." },
	{ "any case", "<P>a<BR>b", "a\nb" },

	/* Lines. */
	{ "paragraphs", "<p>a</p><p>b</p>", "a\nb" },
	{ "paragraphs without ends", "<p>a<p>b", "a\nb" },
	{ "br", "a<br>b<br/>c", "a\nb\nc" },
	{ "two br", "a<br><br>b", "a\n\nb" },
	{ "many br", "a<br><br><br><br>b", "a\n\nb" },
	{ "br at the end of a block", "<div>a<br></div><div>b</div>", "a\nb" },
	{ "an empty line as mail programs write it", "<div>a</div><div><br></div><div>b</div>",
	    "a\n\nb" },
	{ "and as others do", "<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb" },
	{ "blocks within blocks", "<div><div><div>a</div></div></div><div>b</div>", "a\nb" },
	{ "text around a block", "a<div>b</div>c", "a\nb\nc" },
	{ "headings", "<h1>a</h1>b", "a\nb" },
	{ "a rule", "a<hr>b", "a\nb" },
	{ "a quotation", "a<blockquote>b</blockquote>c", "a\n> b\nc" },
	{ "a quotation in one", "<blockquote>a<blockquote>b<br><br>c</blockquote>d</blockquote>",
	    "> a\n> > b\n\n> > c\n> d" },
	{ "a list", "a<ul><li>b</li><li>c</li></ul>d", "a\n- b\n- c\nd" },
	{ "a list without ends", "<ol><li>b<li>c</ol>", "1. b\n2. c" },
	{ "a list that goes on", "<ol start=3 type=a><li>b<li value=9>c</ol>", "c. b\ni. c" },
	{ "a list without marks", "<ul style='list-style:none'><li>b<li>c</ul>", "b\nc" },
	{ "a list of paragraphs", "<ul><li><p>b</p></li><li><p>c</p></li></ul>", "- b\n- c" },
	{ "an empty item", "<ul><li></li><li>c</li></ul>d", "- c\nd" },
	{ "a list in a list", "<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b" },
	{ "a table", "<table><tr><td>a</td><td>b</td></tr><tr><th>c<td>d</table>e",
	    "a b\nc | d\ne" },
	{ "a table of data", "<table><tr><th>a<th>b<tr><td>c<td>d</table>", "a | b\nc | d" },
	{ "a table with lines", "<table border=1><tr><td>a<td><p>b</p></table>", "a\nb" },
	{ "a table in a table",
	    "<table><tr><td><table><tr><td>a</td></tr></table></td><td>b</td></tr></table>",
	    "a\nb" },
	{ "text as it stands", "<pre>a  b\n\n c</pre>d", "a  b\n\n c\nd" },

	/* Entities. */
	{ "entities", "&lt;a&gt; &amp; &quot;b&quot; &eacute;&euro;", "<a> & \"b\" é€" },
	{ "numbers", "&#228;&#xe4;&#x1F600;", "ää😀" },
	{ "numbers of windows-1252", "&#147;a&#148; &#128;", "“a” €" },
	{ "entities without their end", "a&ampb &eacute, &copy 1 &#233 x", "a&ampb é, © 1 é x" },
	{ "entities escaped twice", "&amp;eacute;&amp;nbsp;b &amp;#233;", "é b é" },
	{ "no entities", "a & b &foo; &;", "a & b &foo; &;" },
	{ "an entity once only", "&amp;lt;", "&lt;" },
	{ "an entity in a tag", "<a title='&gt;'>a</a>", "a" },
	{ "a no-break space", "a&nbsp;b", "a b" },
	{ "a soft hyphen", "a&shy;b", "ab" },
	{ "padding", "a<span>&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#8199;</span>b", "a b" },
	{ "a joiner within a word", "می&zwnj;خواهم", "می\xe2\x80\x8cخواهم" },

	/* What is not shown. */
	{ "script and style", "a<script>if (a<b) x='</p>'</script><style>b{}</style>c", "ac" },
	{ "an open script", "a<script>b", "a" },
	{ "a comment", "a<!-- b -->c", "ac" },
	{ "a comment with tags", "a<!-- <p> -- > -->c", "ac" },
	{ "a comment for one program", "a<!--[if mso]><p>b</p><![endif]-->c", "ac" },
	{ "what all others show", "a<![if !mso]>b<![endif]>c", "abc" },
	{ "noscript", "a<noscript>b</noscript>c", "ac" },
	{ "hidden", "a<div hidden>b<p>c</p></div>d", "a\nd" },
	{ "display:none", "a<span style=\"color:red; DISPLAY : none\">b<b>c</b></span>d", "ad" },
	{ "shown in spite of all", "a<span style='font-size:0.9em;x-display:none'>b</span>c",
	    "abc" },
	{ "no size", "a<span style='font-size:0'>b</span><i style='font-size:1px'>c</i>d", "ad" },
	{ "no height", "a<div style='max-height:0;overflow:hidden'>b</div>c", "a\nc" },
	{ "hidden without end", "a<p hidden>b", "a" },
	{ "an image", "a<img src=x alt='logo'>b", "a logo b" },
	{ "images that nobody sees",
	    "a<img width=1 height=1 alt=x><img alt='spacer'><img alt='image001.png'>b", "ab" },
	{ "an emoji", "a<img src=x alt='😀'>b", "a😀b" },
	{ "invisible", "a<p style='visibility:hidden'>b<i style='visibility:visible'>c</i></p>d",
	    "a\nc\nd" },
	{ "no opacity", "a<i style='opacity:0'>b</i><i style='opacity:.5'>c</i>", "ac" },
	{ "no size, but in it", "<p style='font-size:0'>a<b style='font-size:14px'>b</b>", "b" },
	{ "no size by font", "a<b style='font:0/0 a'>b</b><b style='font:700 12px/1 a'>c</b>",
	    "ac" },
	{ "no width", "a<i style='width:0;overflow:hidden'>b</i>", "a" },
	{ "outside",
	    "a<i style='position:absolute;left:-9999px'>b</i><i style='text-indent:-999em'>c</i>",
	    "a" },
	{ "cut", "a<i style='position:absolute;clip:rect(0,0,0,0)'>b</i>", "a" },
	{ "white on white", "a<font color=white>b</font><i style='color:#fff'>c</i>d", "ad" },
	{ "white on black", "<table bgcolor='#000000'><tr><td style='color:#fff'>a</table>", "a" },
	{ "white on a picture", "<div style='background:url(x)'><i style='color:#fff'>a</i></div>",
	    "a" },
	{ "no colour", "a<i style='color:transparent'>b</i><i style='color:rgba(1,2,3,0)'>c</i>",
	    "a" },
	{ "by class", "<style>.x{display:none}</style>a<i class='y x'>b</i><i class=y>c</i>",
	    "ac" },
	{ "by id", "<style>#x{display:none}</style>a<i id=x>b</i>", "a" },
	{ "by name and class", "<style>b.x{display:none}</style><i class=x>a</i><b class=x>b</b>",
	    "a" },
	{ "by what is around",
	    "<style>.x .y,p>i{display:none}</style><p class=x><b class=y>a</b><b>c"
	    "</b></p><p><i>d</i><b><i>e</i></b></p>",
	    "c\ne" },
	{ "by a later rule", "<style>.b{display:none}.a{display:block}</style><p class='a b'>a</p>",
	    "a" },
	{ "by a stronger rule",
	    "<style>p.a{display:none}.a{display:block}</style><p class=a>a</p>b", "b" },
	{ "by an important rule",
	    "<style>.a{display:none!important}</style><p class=a style='display:block'>a</p>b",
	    "b" },
	{ "shown by its style", "<style>.a{display:none}</style><p class=a style='display:block'>a",
	    "a" },
	{ "not on paper", "<style>@media print{.a{display:none}}</style><p class=a>a", "a" },
	{ "not on small screens",
	    "<style>@media only screen and (max-width:600px){.a{display:none!important}}</style><p "
	    "class=a>a",
	    "a" },
	{ "on screens", "<style>@media screen{.a{display:none}}</style><p class=a>a</p>b", "b" },
	{ "a sheet for paper", "<style media=print>.a{display:none}</style><p class=a>a", "a" },
	{ "a sheet in a comment", "<style><!-- .a{display:none} --></style><p class=a>a</p>b",
	    "b" },
	{ "a sheet with comments",
	    "<style>/*}*/.a/**/{color:red;/*;*/display:none}</style><p "
	    "class=a>a</p>b",
	    "b" },
	{ "a hack for one program",
	    "<style>u + .a{display:none}.b:hover{display:none}</style><p "
	    "class=a>a<p class=b>b",
	    "a\nb" },
	{ "by a sheet that stands behind", "<p class=a>a</p>b<style>.a{display:none}</style>",
	    "b" },
	{ "by an attribute",
	    "<style>[class*=hid],p[data-x=y]{display:none}</style><p class=xhidy>a<p "
	    "data-x=y>b<p data-x=z>c",
	    "c" },
	{ "by its place",
	    "<style>p:first-child,p:nth-child(3),h1+p{display:none}</style><div><p>a</p>"
	    "<p>b</p><p>c</p></div><h1>d</h1><p>e</p>",
	    "b\nd" },
	{ "by what it is not", "<style>p:not(.s){display:none}</style><p class=s>a<p>b", "a" },
	{ "by a place that does not move",
	    "<p style='left:-9999px'>a<p "
	    "style='left:-9999px;position:absolute'>b",
	    "a" },
	{ "hidden, but shown by its sheet", "<style>p{display:block}</style><p hidden>a</p>", "a" },
	{ "a broken sheet", "<style>.a{display:none</style><p class=a>a</p>b", "b" },

	{ "a choice", "<select><option>a<option selected>b<option>c</select>d", "bd" },
	{ "a button", "<input type=submit value=Go><input type=hidden value=x>", "Go" },
	{ "a reading", "<ruby>漢<rt>かん</rt></ruby>", "漢(かん)" },
	{ "a reading with brackets", "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>",
	    "漢(かん)" },
	{ "a quotation in a line", "<q>a</q>", "“a”" },
	{ "cdata", "a<![CDATA[b]]>c", "ac" },
	{ "an instruction", "a<?php b ?>c", "ac" },

	/* Broken pages. */
	{ "an unknown element", "<o:p>a</o:p><foo>b</foo>", "ab" },
	{ "ends of nothing", "a</b></div></p>b", "a\nb" },
	{ "crossed ends", "<b><i>a</b>b</i>c", "abc" },
	{ "an open tag", "a<b", "a" },
	{ "no tag", "a < b > c <3", "a < b > c <3" },
	{ "an open quote", "a<p x='b>c</p>d", "a" },
	{ "a quote in no place", "<p a\"b>c</p>", "c" },
	{ "two pages", "<html><body>a</body></html><html><body>b</body></html>", "ab" },
	{ "text behind the page", "<body>a</body></html>b", "ab" },
	{ "a body in the body", "a<body>b", "a\nb" },
	{ "block in inline", "<b>a<div>b</div></b>c", "a\nb\nc" },
	{ "a table without rows", "<table>a<td>b</table>", "a b" },
	{ "a charset that is not so", "<meta charset=koi8-r>\xc3\xa4", "ä" },
};

/* The page, fed in pieces of that many bytes. */
static void
read_page(const char *page, size_t step, struct buf *out)
{
	struct html *h = html_begin(out);
	size_t len = strlen(page);

	for (size_t i = 0; i < len; i += step)
		if (html_feed(h, page + i, len - i < step ? len - i : step) < 0)
			break;
	html_end(h);
}

/* The text without what white space may stand at its end. */
static void
check(const char *name, const char *page, size_t step, const char *text)
{
	struct buf out;
	char full[100];

	buf_init(&out, 1 << 16);
	read_page(page, step, &out);
	snprintf(full, sizeof full, "%s, by %zu", name, step);
	is_str(buf_str(&out), text, full);
	buf_free(&out);
}

static void
repeat(struct buf *b, const char *s, size_t times)
{
	while (times--)
		buf_adds(b, s);
}

/* Depth costs no text, and marks do not leak out of what was given up. */
static void
check_depth(void)
{
	struct buf page, out;

	buf_init(&page, 1 << 24);
	buf_init(&out, 1 << 16);
	repeat(&page, "<div>", 5000);
	buf_adds(&page, "a");
	repeat(&page, "<b><i>", 3000);
	buf_adds(&page, "b");
	repeat(&page, "</i></b>", 3000);
	repeat(&page, "</div>", 5000);
	buf_adds(&page, "<p>c<p>d");
	read_page(buf_str(&page), 1000, &out);
	is_str(buf_str(&out), "ab\nc\nd", "deep pages are read to their end");
	buf_reset(&page);
	buf_reset(&out);
	repeat(&page, "<div>", 100);
	buf_adds(&page, "<div style='display:none'>");
	repeat(&page, "<b>", 5000);
	buf_adds(&page, "a");
	repeat(&page, "</b>", 5000);
	buf_adds(&page, "</div>b");
	read_page(buf_str(&page), 1000, &out);
	is_str(buf_str(&out), "b", "what is deep in the hidden stays hidden");
	buf_free(&page);
	buf_free(&out);
}

static void
check_squeeze(void)
{
	struct buf page, out;

	buf_init(&page, 1 << 24);
	buf_init(&out, 1 << 16);
	buf_adds(&page, "a<img alt='\xf0\x9f\x98\x80' src=\"data:");
	repeat(&page, ">AAA", 300000);
	buf_adds(&page, "\">b<p");
	repeat(&page, " x='y>'", 1000);
	buf_adds(&page, ">c<!-- ");
	repeat(&page, "->-x", 100000);
	buf_adds(&page, "-->d<script>");
	repeat(&page, "x<y='", 10000);
	buf_adds(&page, "</script>e");
	read_page(buf_str(&page), 700, &out);
	is_str(
	    buf_str(&out), "a😀b\ncde", "long tags, values, comments and scripts hide nothing else");
	buf_free(&page);
	buf_free(&out);
}

static void
check_full(void)
{
	struct buf out;
	struct html *h;

	buf_init(&out, 10);
	h = html_begin(&out);
	ok(html_feed(h, "<p>12345<p>67890", 16) < 0 || out.over || out.len <= 10, "out is full");
	/* The beginning of a page is kept until its style sheets are known. */
	for (int i = 0; i < 20000; i++)
		html_feed(h, "<p>12345<p>67890", 16);
	ok(html_feed(h, "x", 1) < 0, "no more is needed then");
	html_end(h);
	ok(out.len <= 10 && out.over, "nothing is written beyond");
	buf_free(&out);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check(rows[i].name, rows[i].page, 4096, rows[i].text);
		check(rows[i].name, rows[i].page, 1, rows[i].text);
	}
	check_depth();
	check_squeeze();
	check_full();
	return tap_done();
}
