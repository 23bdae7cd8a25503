/*
 * admin_page.h - the status page, as it is written in bridge/flow/admin_page.html.
 */
#ifndef BRIDGE_ADMIN_PAGE_H
#define BRIDGE_ADMIN_PAGE_H

/* The whole page, in UTF-8. It needs nothing from elsewhere. */
extern const char admin_page[];

#endif
