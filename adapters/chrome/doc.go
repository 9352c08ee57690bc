// Package chrome drives pages in a headless Chrome for environments that are
// web sites.
//
// A [Browser] supervises one process: it launches it when first needed, launches it
// again after a crash, admits a bounded number of steps at a time and keeps wiped
// pages for reuse. A [Page] is one tab in a browser context of its own. Each step
// of a page acts with trusted input, waits until the page has settled (a script in
// the page knows what is pending, nothing waits a fixed time) and observes: a list
// of what is visible, in document order, with ids that hold until the document is
// replaced.
//
// Pages are not trusted: they reach loopback alone, their dialogs are answered, and
// no page can hold a step longer than its deadlines.
package chrome
