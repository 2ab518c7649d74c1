/* The record of a training run: a CSV with a line for each step, and its curves as a chart. */
#ifndef WC_CURVES_H
#define WC_CURVES_H

#include <stdio.h>

#include "graph.h"

#define WC_CURVES_HEAD "step,epoch,loss,learning_rate,loss_scale,updated,seconds,test_accuracy"

/* Opens a record to write on: a new one for @done = 0 steps, else the one at @path, of which the
 * lines of the first @done steps stay and others, cut ones included, go. A file that is no record
 * is refused and left alone; a missing one begins with step @done + 1. NULL: @why tells. */
FILE *wc_curves_open(const char *path, uint64_t done, struct wc_report *why);

/* Draws the loss of each step and its mean over the last 100, the rate, the loss scale, skipped
 * updates, and test accuracies, as an SVG, by gnuplot. @title is its headline. */
bool wc_curves_draw(const char *csv, const char *svg, const char *title, struct wc_report *why);

#endif
