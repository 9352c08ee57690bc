// Command envserver serves environments for agents that learn by reinforcement: real
// ones, and dreams of them that rest on recorded episodes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(mainStatus(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// mainStatus runs a command and answers the status to exit with.
func mainStatus(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if err := run(ctx, args, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "envserver:", explain(err))
		return 1
	}
	return 0
}
