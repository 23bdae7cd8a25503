/*
 * sim_page.c - the page, built in, so that the program is one file wherever it is copied to.
 */
#include "sdp/sim_page.h"

const char sim_page[] =
#include "sim_page.html.inc"
    ;
