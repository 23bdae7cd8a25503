/*
 * conf.c - trivium.conf(5), read by libconfuse.
 *
 * libconfuse is asked for the grammar only: every value is a string to it, which a callback takes
 * with its line. What the strings mean, conf_value.c knows. Values are checked when their section
 * has ended, since `driver = ...`, which says what rows count, may be its last line.
 *
 * libconfuse stops at a key it does not know. So that the other errors are told too, such a key is
 * made known, as one to complain about, and the file is read again.
 */
#include "bridge/base/conf.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf_error.h"
#include "bridge/base/conf_section.h"
#include "bridge/base/conf_text.h"
#include "bridge/base/mem.h"

enum { UNKNOWN_KEYS = 50 };

struct unknown {
	char *kind, *key;
	int line; /* where it was first seen */
};

/* What is being read. Neither the scanner nor its error callback knows more than one file. */
static struct reader {
	const char *path;
	const struct conf_kind *kinds;
	struct conf_text text;
	struct conf_errors errors;
	struct unknown unknown[UNKNOWN_KEYS];
	size_t nunknown;
	bool again; /* a key was unknown: read once more */
	struct conf *conf;
	struct section *root; /* the keys outside all sections */
	struct section *open; /* the section whose end has not come; NULL: none yet */
	size_t nclosed;
} reader;

/* Sections that some program of ours reads; only these may stand in the file. */
static const struct other {
	const char *name;
	bool titled;
} others[] = {
	{ "milter", false },
	{ "bridge", false },
	{ "mail", false },
	{ "sdp", true },
	{ "im", true },
	{ "scan", false },
	{ "retry", false },
	{ "tables", false },
	{ NULL, false },
};

static const struct conf_kind *
kind_named(const char *name)
{
	for (const struct conf_kind *k = reader.kinds; k->rows; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static bool
passed(void *arg, const char *name, bool titled)
{
	(void)arg;
	for (const struct other *o = others; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o->titled == titled && !kind_named(name);
	return false;
}

static const char *
kind_of(const cfg_t *cfg)
{
	return strcmp(cfg->name, "root") == 0 ? "" : cfg->name;
}

/* The line of the brace that opened the section being read. */
static int
opened_at(void)
{
	return reader.nclosed < reader.text.nopened ? reader.text.opened[reader.nclosed] : 1;
}

/* libconfuse has read `name = text`. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct section *s = reader.root;

	if (kind_of(cfg)[0]) {
		if (!reader.open)
			reader.open = section_new(kind_named(cfg->name), reader.path, opened_at());
		s = reader.open;
	}
	section_set(s, opt->name, text, cfg->line, &reader.errors);
	*(const char **)result = text;
	return 0;
}

/* libconfuse has read a section's '}'. */
static int
on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_kind *kind = kind_named(opt->name);
	struct section *s = reader.open;
	const struct section *before = conf_section(reader.conf, kind->name, 0);

	if (!s)
		s = section_new(kind, reader.path, opened_at());
	reader.open = NULL;
	reader.nclosed++;
	if (kind->titled)
		section_entitle(
		    s, cfg_title(cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1)), &reader.errors);
	else if (before)
		conf_complain(&reader.errors, s->line,
		    "section %s stands there twice, first on line %d", kind->name, before->line);
	section_judge(s, true, &reader.errors);
	conf_add(reader.conf, s);
	(void)cfg;
	return 0;
}

static const struct unknown *
unknown_named(const char *kind, const char *key)
{
	for (size_t i = 0; i < reader.nunknown; i++)
		if (strcmp(reader.unknown[i].kind, kind) == 0 &&
		    strcmp(reader.unknown[i].key, key) == 0)
			return &reader.unknown[i];
	return NULL;
}

/* A word that is no key: most likely somebody wrote `first = 30 s`. */
static void
complain_word(const cfg_t *cfg, const char *name, int line)
{
	const struct section *s = kind_of(cfg)[0] ? reader.open : reader.root;
	bool behind = section_has_line(s, line);

	conf_complain(&reader.errors, line, "unknown key or section \"%s\"%s", name,
	    behind ? "; a value with a space in it stands in quotes" : "");
}

/* Make the key known for the next round, if it is one that can be. */
static void
on_unknown(const cfg_t *cfg, const char *key)
{
	const char *kind = kind_of(cfg);

	/* `milter|socket = x` is libconfuse's, not ours; the name before the bar is known already.
	 */
	if (reader.nunknown == UNKNOWN_KEYS || unknown_named(kind, key) || kind_named(key)) {
		complain_word(cfg, key, cfg->line);
		return;
	}
	reader.unknown[reader.nunknown++] =
	    (struct unknown){ xstrdup(kind), xstrdup(key), cfg->line };
	reader.again = true;
}

static void on_error(cfg_t *cfg, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
on_error(cfg_t *cfg, const char *format, va_list ap)
{
	const struct unknown *u = NULL;
	char text[400];
	va_list args;

	va_copy(args, ap);
	if (strcmp(format, "missing equal sign after option '%s'") == 0)
		u = unknown_named(kind_of(cfg), va_arg(args, const char *));
	if (strcmp(format, "no such option '%s'") == 0) {
		on_unknown(cfg, va_arg(args, const char *));
	} else if (u) {
		/* The line of the word, not that of the token which should have been '='. */
		complain_word(cfg, u->key, u->line);
	} else {
		vsnprintf(text, sizeof text, format, ap);
		conf_complain(&reader.errors, cfg->line, "%s", text);
	}
	va_end(args);
}

/* The keys of a kind, and those that were found unknown in it, for free(). */
static cfg_opt_t *
keys_new(const struct conf_kind *kind)
{
	static const cfg_opt_t key = CFG_STR_CB(NULL, NULL, CFGF_NODEFAULT, on_value);
	static const cfg_opt_t end = CFG_END();
	size_t n = 0, most = reader.nunknown + 16;
	cfg_opt_t *keys;

	for (size_t i = 0; kind && kind->rows[i]; i++)
		for (const struct setting *r = kind->rows[i]; r->name; r++)
			most++;
	keys = xcalloc(most, sizeof *keys);
	for (size_t i = 0; kind && kind->rows[i]; i++)
		for (const struct setting *r = kind->rows[i]; r->name; r++) {
			keys[n] = key;
			keys[n++].name = r->name;
		}
	for (size_t i = 0; i < reader.nunknown; i++)
		if (strcmp(reader.unknown[i].kind, kind ? kind->name : "") == 0) {
			keys[n] = key;
			keys[n++].name = reader.unknown[i].key;
		}
	keys[n] = end;
	return keys;
}

/* The grammar of the whole file. libconfuse copies what it is given. */
static cfg_t *
grammar(void)
{
	static const cfg_opt_t end = CFG_END();
	cfg_opt_t *root = keys_new(kind_named("")), *keys;
	cfg_t *cfg;
	size_t n = 0;

	while (root[n].name)
		n++;
	for (const struct conf_kind *k = reader.kinds; k->rows; k++) {
		if (!k->name[0])
			continue;
		keys = keys_new(k);
		root = xrealloc(root, (n + 2) * sizeof *root);
		root[n] = (cfg_opt_t)CFG_SEC(k->name, keys,
		    CFGF_NODEFAULT |
			(k->titled ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE));
		root[n++].validcb = on_section;
		root[n] = end;
	}
	cfg = cfg_init(root, CFGF_NONE);
	for (size_t i = 0; i < n; i++)
		free(root[i].subopts);
	free(root);
	return cfg;
}

static void
reader_forget(void)
{
	conf_errors_free(&reader.errors);
	conf_free(reader.conf);
	section_free(reader.root);
	section_free(reader.open);
	reader.conf = NULL;
	reader.root = reader.open = NULL;
	reader.nclosed = 0;
	reader.again = false;
}

/* Read the text once. 0, or -1 and reader.again, or -1 and complaints. */
static int
read_once(void)
{
	cfg_t *cfg = grammar();
	int rc;

	reader.conf = xcalloc(1, sizeof *reader.conf);
	reader.root = section_new(kind_named(""), reader.path, 1);
	cfg_set_error_function(cfg, on_error);
	rc = cfg_parse_buf(cfg, reader.text.text);
	if (rc != CFG_SUCCESS && !reader.again && !reader.errors.n)
		conf_complain(&reader.errors, cfg->line, "this is not understood");
	cfg_free(cfg);
	return rc == CFG_SUCCESS ? 0 : -1;
}

/* An untitled section that the file does not name has its presets. */
static void
add_absent(void)
{
	for (const struct conf_kind *k = reader.kinds; k->rows; k++) {
		struct section *s;

		if (!k->name[0] || k->titled || conf_section(reader.conf, k->name, 0))
			continue;
		s = section_new(k, reader.path, 1);
		section_judge(s, true, &reader.errors);
		conf_add(reader.conf, s);
	}
}

/* Read the text until no key is unknown, and judge what is still to be judged. */
static void
read_all(void)
{
	int rc;

	do {
		reader_forget();
		rc = read_once();
	} while (rc < 0 && reader.again);
	section_judge(reader.root, rc == 0, &reader.errors);
	conf_add(reader.conf, reader.root);
	reader.root = NULL;
	if (rc == 0)
		add_absent();
	else if (reader.open)
		section_judge(reader.open, false, &reader.errors);
}

struct conf *
conf_read(const char *path, const struct conf_kind *kinds, FILE *errors)
{
	struct conf *c = NULL;

	reader = (struct reader){ .path = path, .kinds = kinds };
	if (conf_text_read(&reader.text, path, passed, NULL, &reader.errors) == 0)
		read_all();
	conf_errors_print(&reader.errors, path, errors);
	if (!reader.errors.n) {
		c = reader.conf;
		reader.conf = NULL;
	}
	reader_forget();
	conf_text_free(&reader.text);
	while (reader.nunknown) {
		free(reader.unknown[--reader.nunknown].kind);
		free(reader.unknown[reader.nunknown].key);
	}
	return c;
}
