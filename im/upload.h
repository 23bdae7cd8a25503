/*
 * upload.h - pictures on their way to IM users: put onto the server by HTTP File Upload (XEP-0363), so
 * that the message can offer a link.
 */
#ifndef IM_UPLOAD_H
#define IM_UPLOAD_H

struct asks;
struct gateway;
struct loop;
struct msg;
struct upload;

/* Nothing known yet. service: the JID of the server's upload service; "auto": it is looked for; "none".
 * All is lent. For upload_free(). */
struct upload *upload_new(struct loop *l, struct gateway *g, struct asks *a, const char *service,
    const char *ca_file);
/* Ends what is under way: those get no links. Accepts NULL. */
void upload_free(struct upload *u);
/* The stream is up: look for the service, when that is wanted. */
void upload_up(struct upload *u);
/*
 * Put all parts of a message (lent until then) there. on_links(arg, links) is called once, later or at
 * once: links[i] is part i's, NULL when it could not be put there; lent for the call.
 */
void upload_parts(struct upload *u, const struct msg *m,
    void (*on_links)(void *arg, const char *const *links), void *arg);

#endif
