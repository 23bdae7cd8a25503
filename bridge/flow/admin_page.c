/*
 * admin_page.c - the status page, built in, so that the program is one file wherever it is copied to.
 */
#include "bridge/flow/admin_page.h"

const char admin_page[] =
#include "admin_page.html.inc"
    ;
