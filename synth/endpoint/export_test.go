package endpoint

// Waiting is how many wait for requests under way.
func (c *Client) Waiting() (n int) {
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	for _, f := range c.flights.all {
		n += f.waiting
	}
	return n
}
