/*
 * css_sheet.h - the rules of a style sheet, for the files that css.c is made of: css_sheet.c reads
 * them, css.c tells which hold.
 */
#ifndef BRIDGE_CSS_SHEET_H
#define BRIDGE_CSS_SHEET_H

#include "bridge/message/css.h"
#include "bridge/message/css_value.h"

enum {
	CSS_RULES = 4000,  /* kept of a page */
	CSS_VALUES = 8000, /* their declarations */
	CSS_COMPOUNDS = 4, /* of one selector: "table.a td .b" has three */
	CSS_PARTS = 3,     /* classes of one compound */
	CSS_VALUE = 24,    /* bytes of an attribute's value in a selector, and NUL */
	CSS_BUCKETS = 512,
	CSS_CHAIN = 64,        /* rules looked at for one word of an element */
	CSS_STEPS = 20000000,  /* comparisons for a page: what goes beyond is an attack */
	CSS_SCREEN = 1024,     /* of the screen that is assumed, pixels */
	CSS_ORDER = 12,        /* bits of a weight for a rule's place, above CSS_RULES */
	CSS_SPECIFIC = 0x7ffe, /* the most that a selector weighs */
};

/* "[name=value]", "[name^=value]" … */
struct css_test {
	uint32_t name; /* 0: none */
	char how;      /* '=', '~', '|', '^', '$', '*'; 0: it is there */
	char value[CSS_VALUE];
};

/* "td.a#b": 0 and no classes for what is not said. */
struct css_compound {
	uint32_t name, id, classes[CSS_PARTS];
	size_t nclasses;
	uint32_t not_name, not_class; /* of ":not(…)" */
	unsigned step, offset;        /* of ":nth-child": step * n + offset; 0 and 0: any */
	struct css_test test;
	char combinator; /* what joins it to the compound before it: ' ', '>', '+' */
};

struct css_rule {
	struct css_compound compounds[CSS_COMPOUNDS];
	size_t n;
	uint32_t weight;
	size_t first, count; /* its declarations */
	int next;            /* in its bucket; -1: none */
};

struct css {
	struct css_rule *rules;
	size_t nrules, room;
	struct css_declaration *values;
	size_t nvalues, values_room;
	int buckets[CSS_BUCKETS];
	long steps;
};

/* The word of a compound that its rule is found by; 0: every element. */
uint32_t css_key(const struct css_compound *c);

#endif
