/*
 * u-conf.c - the configuration: what a file's text gives, and what is said of one that is wrong.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/mem.h"
#include "t/tap.h"

struct top {
	const char *name;
	long count;
	bool on;
};
struct sdp {
	const char *url, *secret;
	long wait, size, rate;
	int header;
	const char *driver;
	long far;
};

static const struct setting top_rows[] = {
	{ "hostname", CONF_STRING, offsetof(struct top, name), "", NULL, NULL, "our name" },
	{ "count", CONF_INT, offsetof(struct top, count), "7", "-2", "10", "how many" },
	{ "on", CONF_BOOL, offsetof(struct top, on), "no", NULL, NULL, "whether" },
	{ 0 },
};
static const struct setting sdp_rows[] = {
	{ "driver", CONF_STRING, offsetof(struct sdp, driver), "near", NULL, NULL, "which driver" },
	{ "wait", CONF_TIME, offsetof(struct sdp, wait), "30s", "1s", "1h", "how long" },
	{ "size", CONF_SIZE, offsetof(struct sdp, size), "300 kB", NULL, "10MB", "how much" },
	{ "rate", CONF_INT, offsetof(struct sdp, rate), "0", "0", NULL, "how fast" },
	{ "header", CONF_CHOICE, offsetof(struct sdp, header), "none", "none huawei wsse", NULL,
	    "h" },
	{ "secret_file", CONF_SECRET, offsetof(struct sdp, secret), "", NULL, NULL, "a secret" },
	{ 0 },
};
static const struct setting near_rows[] = { { 0 } };
static const struct setting far_rows[] = {
	{ "url", CONF_STRING, offsetof(struct sdp, url), NULL, NULL, NULL, "where it is" },
	{ "far", CONF_INT, offsetof(struct sdp, far), "1", NULL, NULL, "how far" },
	{ 0 },
};
static const struct setting milter_rows[] = {
	{ "socket", CONF_STRING, 0, "unix:/run/m", NULL, NULL, "where" },
	{ 0 },
};
static const struct setting mail_rows[] = {
	{ "relay", CONF_STRING, 0, NULL, NULL, NULL, "where mail goes" },
	{ 0 },
};
static const struct setting *const top_tables[] = { top_rows, NULL };
static const struct setting *const sdp_tables[] = { sdp_rows, near_rows, far_rows, NULL };
static const char *const sdp_drivers_[] = { NULL, "near", "far" };
static const struct setting *const milter_tables[] = { milter_rows, NULL };
static const struct setting *const mail_tables[] = { mail_rows, NULL };
static const struct conf_kind kinds[] = {
	{ "", false, top_tables, NULL },
	{ "sdp", true, sdp_tables, sdp_drivers_ },
	{ "milter", false, milter_tables, NULL },
	{ NULL, false, NULL, NULL },
};
static const struct conf_kind mail_kinds[] = {
	{ "", false, top_tables, NULL },
	{ "mail", false, mail_tables, NULL },
	{ NULL, false, NULL, NULL },
};

static char dir[] = "/tmp/trivium-u-conf-XXXXXX", path[64];

/* A file in our directory. */
static const char *
file(const char *name, const char *text, size_t len, mode_t mode)
{
	static char at[100];
	FILE *f;

	snprintf(at, sizeof at, "%s/%s", dir, name);
	f = fopen(at, "w");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f) != 0 || chmod(at, mode) < 0)
		exit(1);
	return at;
}

/* Read the text; what is said of it (for free()), with "F" for the file's name and "D" for the
 * directory's. */
static char *
read_text(const char *text, const struct conf_kind *k, struct conf **c)
{
	char *said = NULL, *at;
	size_t n = 0;
	FILE *errors = open_memstream(&said, &n);

	file("conf", text, strlen(text), 0600);
	*c = conf_read(path, k, errors);
	fclose(errors);
	while ((at = strstr(said, path))) {
		*at = 'F';
		memmove(at + 1, at + strlen(path), strlen(at + strlen(path)) + 1);
	}
	while ((at = strstr(said, dir))) {
		*at = 'D';
		memmove(at + 1, at + strlen(dir), strlen(at + strlen(dir)) + 1);
	}
	return said;
}

static const struct {
	const char *text, *error;
} wrong[] = {
	{ "count = x\n", "F:1: key \"count\": \"x\" is not a whole number\n" },
	{ "count = \"\"\n", "F:1: key \"count\": \"\" is not a whole number\n" },
	{ "count = 11", "F:1: key \"count\": 11 is out of bounds; allowed is -2 to 10\n" },
	{ "count = -3", "F:1: key \"count\": -3 is out of bounds; allowed is -2 to 10\n" },
	{ "count = 99999999999999999999",
	    "F:1: key \"count\": \"99999999999999999999\" is not a whole number\n" },
	{ "sdp a { rate = -1 }", "F:1: key \"rate\": -1 is out of bounds; allowed is 0 or more\n" },
	{ "sdp a { size = 11MB }",
	    "F:1: key \"size\": 11MB is out of bounds; allowed is at most 10MB\n" },
	{ "# one\n// two\n/* three\n */ on = maybe\n",
	    "F:4: key \"on\": \"maybe\" is neither yes nor no\n" },
	{ "sdp a {\n wait = 30x\n}\n",
	    "F:2: key \"wait\": \"30x\" is not a time, such as \"500ms\", "
	    "\"30s\", \"5m\", \"2h\" or \"3d\"\n" },
	{ "sdp a {\n wait = 2h\n}\n",
	    "F:2: key \"wait\": 2h is out of bounds; allowed is 1s to 1h\n" },
	{ "sdp a {\n header = Huawei\n}\n",
	    "F:2: key \"header\": \"Huawei\" is not one of: none huawei wsse\n" },
	{ "sdp a {\n wait = 30 seconds\n}\n",
	    "F:2: unknown key or section \"seconds\"; a value with a space in it "
	    "stands in quotes\n" },
	/* Every error is told, in order, though the driver that judges the keys comes last. */
	{ "bad = 1\ncount = y\nsdp a {\n worse = 2\n rate = z\n far = q\n driver = far\n}\nworst = "
	  "3\n",
	    "F:1: unknown key \"bad\"\n"
	    "F:2: key \"count\": \"y\" is not a whole number\n"
	    "F:3: section sdp a: key \"url\" is missing: where it is\n"
	    "F:4: unknown key \"worse\"\n"
	    "F:5: key \"rate\": \"z\" is not a whole number\n"
	    "F:6: key \"far\": \"q\" is not a whole number\n"
	    "F:9: unknown key \"worst\"\n" },
	{ "sdp a {\n far = 1\n}\n", "F:2: key \"far\" is for driver = far only\n" },
	{ "sdp a {\n driver = furthest\n}\n",
	    "F:2: key \"driver\": \"furthest\" is not one of: near far\n" },
	{ "count = 1\n\ncount = 2\n", "F:3: key \"count\" is set twice, first on line 1\n" },
	{ "milter { }\nmilter { }", "F:2: section milter stands there twice, first on line 1\n" },
	{ "sdp a { }\nsdp a { }", "F:2: found duplicate title 'a'\n" },
	{ "sdp { }", "F:1: missing title for section 'sdp'\n" },
	{ "sdp \"\" { }", "F:1: section sdp: a title has 1 to 63 characters\n" },
	{ "\nsdp \"a b\" { }",
	    "F:2: section sdp: a title has letters, digits, '.', '_' and '-' only\n" },
	{ "milter m { }", "F:1: missing opening brace for section 'milter'\n" },
	{ "mystery {\n a = 1\n}\n", "F:1: unknown key or section \"mystery\"\n" },
	{ "mail foo {\n}\n", "F:1: unknown key or section \"mail\"\n" },
	{ "sdp = 1\n", "F:1: missing title for section 'sdp'\n" },
	{ "bridge = 1\n", "F:1: unknown key \"bridge\"\n" },
	{ "count = 1 }", "F:1: unexpected closing brace\n" },
	{ "count 1", "F:1: missing equal sign after option 'count'\n" },
	{ "count = {1, 2}", "F:1: unexpected token '{'\n" },
	{ "count += 1", "F:1: attempt to append to non-list option 'count'\n" },
	{ "count =", "F:1: premature end of file\n" },
	{ "milter|socket = 1\n", NULL },
	{ "count = 1\nmilter {\n socket = x\n\n\n", "F:2: the section is not closed by a '}'\n" },
	{ "\nhostname = \"ab\n\n\n", "F:2: the quote that begins here is not closed\n" },
	{ "\nhostname = 'ab\n\n\n", "F:2: the quote that begins here is not closed\n" },
	{ "\n\n/* ab\n\n\n", "F:3: the comment that begins here does not end\n" },
	{ "hostname = \"a\\400\"", "F:1: a digit behind a backslash has no meaning here\n" },
	{ "hostname = \"a${HOME}\"",
	    "F:1: ${...} is not replaced here; for the characters as such, use "
	    "single quotes\n" },
	{ "hostname = ${HOME}", "F:1: ${...} is not replaced here\n" },
	{ "hostname = \"a\\nb\"", "F:1: key \"hostname\": there is a control character in it\n" },
	{ "include(\"/etc/passwd\")\n", "F:1: unknown key or section \"include\"\n" },
	{ "sdp a { sdp b { } }", "F:1: unknown key or section \"sdp\"\n" },
	{ "sdp a {\n secret_file = D/none }", NULL },
	{ "sdp mail {\n bad = 1\n}\n", "F:2: unknown key \"bad\"\n" },
};

static void
test_wrong(void)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct conf *c;
		char *said = read_text(wrong[i].text, kinds, &c), name[40];

		snprintf(name, sizeof name, "%s", wrong[i].text);
		for (char *p = name; (p = strchr(p, '\n')); p++)
			*p = '~';
		ok(!c && said[0], "refused: %s", name);
		if (wrong[i].error)
			is_str(said, wrong[i].error, "and told why");
		conf_free(c);
		free(said);
	}
}

static void
test_good(void)
{
	struct conf *c;
	struct top top;
	struct sdp sdp;
	char *said = read_text("\xef\xbb\xbf# A comment with a quote: isn't it { \r\n"
			       "hostname = gw.example.com # behind\r\n"
			       "mail { relay = \"}\" anything { at = { all, of } # } \n } }\n"
			       "sdp b /* between */ { # and here\n"
			       "  wait2\n } sdp mail {}\n",
	    kinds, &c);

	is_str(said, "F:6: unknown key or section \"wait2\"\n",
	    "a stray word behind a section that is passed over has its right line");
	free(said);

	said = read_text("hostname=gw.example.com # behind\n"
			 "on = Yes // behind\n\n"
			 "mail { relay = \"}\" anything { at = { all, of } # } \n } }\n"
			 "sdp b /* between */ { # and here\n"
			 "  wait = 30 s# so\nsize=1.5  MiB rate=5\n\n  header = \"wsse\"\n}\n"
			 "sdp mail { driver = far url = http://h:1/p?q#no\n"
			 "far = -4 wait = \"1 m\"\n }\n",
	    kinds, &c);
	is_str(said, "", "a good file has no errors");
	free(said);
	if (!c)
		return;
	section_fill(conf_section(c, "", 0), top_rows, &top);
	is_str(top.name, "gw.example.com", "an unquoted string");
	is_int(top.count, 7, "a preset");
	is_int(top.on, 1, "yes");
	section_fill(conf_section(c, "sdp", 0), sdp_rows, &sdp);
	is_str(section_title(conf_section(c, "sdp", 0)), "b", "the first section's title");
	ok(strstr(section_where(conf_section(c, "sdp", 0)), "conf:6") != NULL, "where it stands");
	ok(strstr(section_key_where(conf_section(c, "sdp", 0), "header"), "conf:10") != NULL,
	    "where a key of it stands");
	is_str(section_key_where(conf_section(c, "sdp", 0), "far"),
	    section_where(conf_section(c, "sdp", 0)), "one that is not named: at the section");
	is_str(section_text(conf_section(c, "sdp", 0), "header"), "wsse", "a key's text");
	is_str(section_text(conf_section(c, "sdp", 0), "far"), NULL, "a preset's is none");
	is_int(sdp.wait, 30000, "30s");
	is_int(sdp.size, 3 << 19, "1.5 MiB");
	is_int(sdp.rate, 5, "rate");
	is_int(sdp.header, 2, "a choice");
	is_str(sdp.secret, "", "no secret");
	section_fill(conf_section(c, "sdp", 1), far_rows, &sdp);
	section_fill(conf_section(c, "sdp", 1), sdp_rows, &sdp);
	is_str(section_title(conf_section(c, "sdp", 1)), "mail", "a title that is a kind's name");
	is_str(sdp.url, "http://h:1/p?q", "an unquoted URL ends at '#'");
	is_int(sdp.far, -4, "a driver's row");
	is_int(sdp.header, 0, "a preset choice");
	is_int(sdp.wait, 60000, "1 m");
	ok(!conf_section(c, "sdp", 2), "no third section");
	ok(!conf_section(c, "mail", 0), "what is passed over is not there");
	ok(conf_section(c, "milter", 0) && !conf_section(c, "milter", 1),
	    "an absent section has presets");
	conf_free(c);
}

static void
test_missing(void)
{
	struct conf *c;
	char *said = read_text("", mail_kinds, &c), *none = NULL;
	size_t n = 0;
	FILE *errors = open_memstream(&none, &n);

	is_str(said, "F:1: section mail: key \"relay\" is missing: where mail goes\n",
	    "a key that must be set, in a section that is not there");
	ok(!c, "that is an error");
	free(said);
	ok(!conf_read("/nonexistent/x.conf", mail_kinds, errors), "no such file");
	fclose(errors);
	is_str(none, "/nonexistent/x.conf:1: cannot open: No such file or directory\n", "is told");
	free(none);
}

static void
test_secret(void)
{
	static char big[1100];
	static const struct {
		const char *name, *text;
		size_t len;
		mode_t mode;
		const char *secret, *error;
	} rows[] = {
		{ "s1", "hush hush\nmore\n", 15, 0640, "hush hush", "" },
		{ "s2", "hush\r\n", 6, 0600, "hush", "" },
		{ "s3", "hush", 4, 0600, "hush", "" },
		{ "s4", "hush", 4, 0644, NULL,
		    "everyone on this machine may use the file; chmod o-rwx it" },
		{ "s5", "\nhush", 5, 0600, NULL, "its first line is empty" },
		{ "s6", "", 0, 0600, NULL, "its first line is empty" },
		{ "s7", "a\0b\n", 4, 0600, NULL, "there is a control character in its first line" },
		{ "s8", big, 1025, 0600, NULL, "its first line is longer than 1024 bytes" },
		{ "s9", big, 1100, 0600, NULL, "its first line is longer than 1024 bytes" },
		{ ".", NULL, 0, 0, NULL, "not a regular file" },
		{ "none", NULL, 0, 0, NULL, "No such file or directory" },
	};

	memset(big, 'x', sizeof big);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[200], want[300], *said;
		struct conf *c;
		struct sdp sdp;

		if (rows[i].text)
			file(rows[i].name, rows[i].text, rows[i].len, rows[i].mode);
		snprintf(text, sizeof text, "sdp a { secret_file = %s/%s }", dir, rows[i].name);
		said = read_text(text, kinds, &c);
		snprintf(want, sizeof want, "F:1: key \"secret_file\": D/%s: %s\n", rows[i].name,
		    rows[i].error);
		if (!rows[i].error[0])
			*want = '\0';
		is_str(said, want, "a secret file's error");
		if (c) {
			section_fill(conf_section(c, "sdp", 0), sdp_rows, &sdp);
			is_str(sdp.secret, rows[i].secret, "the secret");
		}
		conf_free(c);
		free(said);
	}
}

/* As long as may be, with and without a line end. */
static void
test_longest_secret(void)
{
	char big[1026];

	memset(big, 'x', sizeof big);
	for (int end = 0; end < 3; end++) {
		char text[200], *said;
		struct conf *c;

		memcpy(big + 1024, end == 2 ? "\r\n" : "\n\n", 2);
		file("max", big, (size_t)(1024 + end), 0600);
		snprintf(text, sizeof text, "sdp a { secret_file = %s/max }", dir);
		said = read_text(text, kinds, &c);
		is_str(said, "", "1024 bytes");
		conf_free(c);
		free(said);
	}
}

static void
test_units(void)
{
	static const struct {
		const char *text;
		long time, size;
	} rows[] = {
		{ "0", 0, 0 },
		{ "30", 30000, 30 },
		{ "500ms", 500, -1 },
		{ "30 s", 30000, -1 },
		{ "5m", 300000, -1 },
		{ "2 h", 7200000, -1 },
		{ "3d", 259200000, -1 },
		{ "1.5h", 5400000, -1 },
		{ "10 MB", -1, 10000000 },
		{ "300kB", -1, 300000 },
		{ "300 KB", -1, 300000 },
		{ "4KiB", -1, 4096 },
		{ "1GB", -1, 1000000000 },
		{ "1 GiB", -1, 1 << 30 },
		{ "2MiB", -1, 2 << 20 },
		{ "64 B", -1, 64 },
		{ "", -1, -1 },
		{ "-1", -1, -1 },
		{ "1 ss", -1, -1 },
		{ "s", -1, -1 },
		{ "1.s", -1, -1 },
		{ ".5s", -1, -1 },
		{ "99999999999999999999", -1, -1 },
		{ " 1", -1, -1 },
		{ "99999999999d", -1, -1 },
		{ "1s ", -1, -1 },
		{ "0.0005", 0, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		is_int(conf_time(rows[i].text), rows[i].time, rows[i].text);
		is_int(conf_size(rows[i].text), rows[i].size, rows[i].text);
	}
}

/* Whatever the bytes: an answer, and a good file is read as before (libconfuse has globals). */
static void
test_hostile(void)
{
	static const char bits[] =
	    "\"'{}=#/*\\$\n sdp a milter socket count 1 += ( ) , | \t\r\x80\xff";
	unsigned seed = 1;
	int after = 0;

	for (int i = 0; i < 3000; i++) {
		char text[40];
		struct conf *c;
		size_t n = (size_t)rand_r(&seed) % sizeof text;

		for (size_t k = 0; k < n; k++)
			text[k] = bits[(size_t)rand_r(&seed) % (sizeof bits - 1)];
		text[n ? n - 1 : 0] = '\0';
		free(read_text(text, kinds, &c));
		conf_free(c);
		if (i % 10 == 0) {
			free(read_text("count = 1\nmilter { socket = '\"' }", kinds, &c));
			after += c != NULL;
			conf_free(c);
		}
	}
	is_int(after, 300, "good files are read after any bad one");
}

int
main(void)
{
	char command[100];

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof path, "%s/conf", dir);
	test_units();
	test_good();
	test_wrong();
	test_missing();
	test_secret();
	test_longest_secret();
	test_hostile();
	snprintf(command, sizeof command, "rm -r %s", dir);
	ok(system(command) == 0, "clean up");
	return tap_done();
}
