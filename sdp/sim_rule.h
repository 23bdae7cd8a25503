/*
 * sim_rule.h - what should go wrong on purpose, and for whom: rules given as JSON, and numbers that
 * always misbehave.
 */
#ifndef SDP_SIM_RULE_H
#define SDP_SIM_RULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct sim_action;
struct sim_rules;

/* No rules but the numbers that misbehave. For sim_rules_free(), which accepts NULL. */
struct sim_rules *sim_rules_new(void);
void sim_rules_free(struct sim_rules *r);
/* Take all rules away. */
void sim_rules_clear(struct sim_rules *r);
/*
 * Add rules behind those that are there: one, or an array of them. Returns 0, or -1 with a sentence
 * in why (of size room) and no rule added.
 */
int sim_rules_add(struct sim_rules *r, const json_t *json, char *why, size_t room);
/* From now on the network says status of every message to that number; "": as usual again. 0, or
 * -1 when there are too many rules or no status can be written so. */
int sim_rules_report(struct sim_rules *r, const char *number, const char *status);
/* {"rules":[…],"magic":[…]}, for json_decref(). */
json_t *sim_rules_show(const struct sim_rules *r);

/*
 * The first rule whose action is (receipt: true) or is not (false) about receipts and that matches
 * the message; else the misbehaving number's; else NULL. Counts as a use. Lent until the rules
 * change.
 */
const struct sim_action *sim_rules_match(
    struct sim_rules *r, bool receipt, const char *number, const char *text);

#endif
