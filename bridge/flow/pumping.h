/*
 * pumping.h - protection against artificially inflated traffic: whoever earns by messages to numbers
 * has them sent in runs of neighbouring numbers, to countries that nobody here writes to, or to numbers at
 * which no phone is, so that few delivery reports come.
 */
#ifndef BRIDGE_PUMPING_H
#define BRIDGE_PUMPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/conf.h"

struct intake;
struct msg;
struct pumping;

struct pumping_settings {
	bool pumping;	 /* whether anything is held */
	long neighbours; /* different numbers of one block by one sender in an hour that are too many */
	long country;	 /* messages in an hour to a country not written to for days; more are too many */
	long reports;	 /* delivery reports of a hundred messages to a country that are too few; 0: never */
};
extern const struct setting pumping_rows[]; /* of section bridge */

/* The counters, by those settings (lent, as the country code is: our own, never a spike). NULL when they
 * say no. now: seconds since 1970; what comes in the first hour is taken for usual, since nothing is
 * known before. For pumping_free(). */
struct pumping *pumping_new(const struct pumping_settings *s, const char *country_code, int64_t now);
/* Accepts NULL. */
void pumping_free(struct pumping *p);
/* Count the message's phones, and set held_for of those that are suspicious. How many. p NULL: 0. */
size_t pumping_judge(struct pumping *p, struct msg *m, int64_t now);
/* A report said that a message to that number ("+86…") was delivered. p NULL: nothing. */
void pumping_delivered(struct pumping *p, const char *number, int64_t now);
/* Tell the postmaster, at most once an hour, that recipients of m are held. */
void pumping_alert(const struct intake *in, const struct msg *m);

#endif
