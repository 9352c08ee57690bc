// Package fidelity measures how far a dream is from the real: an experience model
// against recorded episodes that it never saw.
//
// One step ahead, a model follows a recorded episode: it predicts each step and is then
// told what really came of it. Over whole episodes, it dreams freely: it is given the
// recorded actions and its own predictions are what it goes on from.
//
// All held-out steps count. A step that the model refuses (CodeInsufficientEvidence, or
// a prediction with EvidenceNone) is wrong in every figure, and missing in the coverage.
//
// # What could be known
//
// A held-out step shows something of the world that the episode has not told before, a
// hall entered or a chest opened for the first time, or it does not: then memory and
// rules suffice, and ExactKnowable measures these alone. A step is knowable if its
// action was not possible, or if every piece (sentence or line) of its next state is
// one of these:
//   - wording that goes without saying: with the action's arguments taken out, it came
//     with at least 95 % of the recorded successes of the action's frame; or it is an
//     announcement that came with rewards and ends alone, and this step has one;
//   - shown before in this episode, below the same piece as now;
//   - about something viewed before: the text begins as one did before in this episode,
//     or the action names nothing, and every word was shown in this episode or is
//     common in the recordings. Words with a number, "parcel 2", are one.
//
// # What is invalid
//
// A recorded step is invalid where its action is not among the recorded admissible
// actions and the list stays what it was, without a reward or an end; and where its next
// state is a text that only such steps have. Recordings without admissible actions have
// texts of failure instead: those that follow actions of three or more first words,
// always without a reward or an end. A prediction is invalid if the model says so, if its
// text is one of these, or, where impossible actions mostly leave the text of the state as
// it was, if it says so of an action that is not admissible.
package fidelity
