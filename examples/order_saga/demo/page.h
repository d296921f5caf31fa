/* SPDX-License-Identifier: MIT */
/* Plain text on standard output, at most 100 columns wide. */
#ifndef ORDER_SAGA_PAGE_H
#define ORDER_SAGA_PAGE_H

/* A headline with a line under it. */
void page_title(const char *text);

/* A section's headline, with an empty line before and after. */
void page_section(const char *text);

/* A paragraph, wrapped. */
void page_text(const char *text);

/* A run's timeline (tl_env_timeline) in columns; the events of workflow tasks are counted, not shown. */
void page_timeline(const char *text);

/* A paragraph that stands out: wrapped, with a bar before it. */
void page_quote(const char *text);

/* "   virtual time   30 days", formatted as printf does. */
__attribute__((__format__(__printf__, 2, 3))) void page_fact(const char *name, const char *format, ...);

/* An empty line. */
void page_gap(void);

#endif
