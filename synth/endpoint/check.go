package endpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"dreamgym/envserver/gym"
)

// Check asks the endpoint for its models, so that a wrong address, key or name is known
// before anything rests on it. An endpoint that tells no models passes.
//
// There are endpoints that list a model under another name than those they take; for
// these, [ReasonModel] is a warning.
func (c *Client) Check(ctx context.Context) error {
	var names []string
	_, err := c.send(ctx, call{path: "/models"}, func(r io.Reader) (err error) {
		names, err = c.readModels(r)
		return err
	})
	var no refused
	switch {
	case errors.As(err, &no) && (no.status == http.StatusNotFound || no.status == http.StatusMethodNotAllowed):
		return nil
	case err != nil || len(names) == 0 || slices.Contains(names, c.o.Model):
		return err
	}
	return &gym.Error{
		Code: gym.CodeNotAvailable, Err: refused{ReasonModel, http.StatusOK},
		Msg: c.advice(ReasonModel) + "; it has " + c.quoted(strings.Join(names, ", ")),
	}
}

// readModels reads a list of models' names.
func (c *Client) readModels(r io.Reader) ([]string, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var list struct {
		Data *[]struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	err = json.Unmarshal(text, &list, lenient...)
	if err == nil && list.Data == nil {
		err = errors.New("it has no data")
	}
	if err != nil {
		return nil, &gym.Error{
			Code: gym.CodeNotAvailable, Err: fmt.Errorf("%w: %w", refused{ReasonOther, http.StatusOK}, err),
			Msg: "what answers is no OpenAI-compatible endpoint: see whether " + c.o.Names.URL + " is right",
		}
	}
	names := make([]string, len(*list.Data))
	for i, m := range *list.Data {
		names[i] = m.ID
	}
	return names, nil
}
