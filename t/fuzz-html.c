/*
 * fuzz-html.c - any bytes as a page, whole and in small pieces: what comes out is UTF-8.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/charset.h"
#include "bridge/message/html.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const pages[] = {
		"<html><head><title>t</title><style>x{}</style></"
		"head><body><p>a&nbsp;&#147;b<br>c</html>d",
		"<ul><li>a<li style='display:none'>b</ul><table><tr><td>c<td>d</table><pre>e\n "
		"f</pre>",
		"<!--[if mso]><p>a<![endif]--><![if !mso]>b<![endif]><script>if (a<b) "
		"'</p>'</script>c",
		"<style>.a,b>c{display:none!important;color:#fff}@media "
		"print{d{e:f}}/**/</style><p "
		"class=a style='font:0/0 x;clip:rect(0,0)' id=b><a "
		"href='http://x/?url=https%3A//y&utm_a=b'>"
		"c</a><ol start=3 type=i><li "
		"value=4>d</ol><blockquote>e</blockquote><ruby>f<rt>g</ruby>"
		"<select><option>h<option selected>i</select><table border=1><tr><th>j<td>&eacute "
		"k",
		"<img alt='\xf0\x9f\x98\x80' src=\"data:,>\">a<span>&zwnj;&#847;</span>b",
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		fuzz_seed(pages[i], strlen(pages[i]));
	return 0;
}

static void
read_page(const struct buf *page, size_t step, struct buf *out)
{
	struct html *h = html_begin(out);

	for (size_t i = 0; i < page->len; i += step)
		if (html_feed(h, page->data + i, page->len - i < step ? page->len - i : step) < 0)
			break;
	html_end(h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct charset *c = charset_new("utf-8", true, NULL, 0);
	struct buf page, whole, pieces;

	buf_init(&page, size * CHARSET_GROWTH + 16);
	buf_init(&whole, 1 << 16);
	buf_init(&pieces, 1 << 16);
	charset_decode(c, (const char *)data, size, true, &page);
	read_page(&page, page.len + 1, &whole);
	read_page(&page, 7, &pieces);
	for (size_t i = 0, n; i < whole.len; i += n)
		assert((n = utf8_valid(whole.data + i, whole.len - i)) > 0);
	for (size_t i = 0, n; i < pieces.len; i += n)
		assert((n = utf8_valid(pieces.data + i, pieces.len - i)) > 0);
	charset_free(c);
	buf_free(&page);
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
