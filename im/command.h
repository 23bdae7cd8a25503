/*
 * command.h - what a user can tell the gateway to do from the menu of a client (XEP-0050): register,
 * unregister, settings, and what became of the messages of late.
 */
#ifndef IM_COMMAND_H
#define IM_COMMAND_H

#include <stdbool.h>

#define COMMAND_NS "http://jabber.org/protocol/commands"

struct gateway;
struct question;

/* The list of commands, an answer to disco#items. */
void command_items(struct gateway *g, const struct question *q);
/* What a command is, an answer to disco#info for that node. Returns whether there is such a command;
 * else nothing is answered. */
bool command_info(struct gateway *g, const struct question *q, const char *node);
/* A command is executed, goes on, or is cancelled. */
void command_iq(struct gateway *g, const struct question *q);

#endif
