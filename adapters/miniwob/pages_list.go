package miniwob

func clickPages() []page {
	return of(kindClick, []page{
		{name: "ascending-numbers", solve: countUp, about: "Click numbers in ascending order."},
		{name: "buy-ticket", solve: buyTicket, about: "Buy the ticket that is cheapest, dearest, shortest or longest."},
		{name: "click-button", solve: findLink, about: "Click the button with a given label."},
		{name: "click-button-sequence", solve: pressInOrder, about: "Click two buttons in order."},
		{name: "click-dialog", solve: closeDialog, about: "Close a dialog."},
		{name: "click-dialog-2", solve: closeDialog, about: "Click a given button of a dialog."},
		{name: "click-link", solve: findLink, about: "Click the link with a given word."},
		{name: "click-tab", solve: openTab, about: "Click a given tab."},
		{name: "click-test", solve: pressInOrder, about: "Click the one button."},
		{name: "click-test-2", solve: pressInOrder, about: "Click one of two buttons, which may overlap."},
		{name: "click-test-transfer", solve: pressInOrder, about: "Click one of two buttons."},
		{name: "click-widget", solve: clickWidget, about: "Click a control of a given kind."},
		{name: "focus-text", solve: focusNth, about: "Put the focus into the text field."},
		{name: "focus-text-2", solve: focusNth, reload: true, about: "Put the focus into the first, second or third text field."},
		{name: "tic-tac-toe", solve: noughts, misses: 60, about: "Win at noughts and crosses."},
		{name: "unicode-test", solve: findLink, about: "Click the button with a label of unusual letters."},
	})
}

func formPages() []page {
	return of(kindForm, []page{
		{name: "choose-list", solve: choose, about: "Choose a named entry of a list and submit."},
		{name: "click-checkboxes", solve: tick, about: "Tick the named boxes and submit."},
		{name: "click-checkboxes-large", solve: tick, long: true, about: "Tick many named boxes and submit."},
		{name: "click-checkboxes-soft", about: "Tick the boxes whose words mean nearly the same as the named ones, and submit."},
		{name: "click-checkboxes-transfer", solve: tick, about: "Tick the named boxes and submit; nothing may be named."},
		{name: "click-option", solve: tick, about: "Choose a named option and submit."},
		{name: "click-scroll-list", solve: choose, about: "Choose the named entries of a list and submit."},
		{name: "copy-paste", solve: copyText, offers: written, about: "Copy a text into a field and submit."},
		{name: "copy-paste-2", solve: copyText, offers: written, about: "Copy the first, second or third text into a field and submit."},
		{name: "enter-date", solve: enterDate, offers: dateValue, about: "Enter a date and submit."},
		{name: "enter-password", solve: enterTwice, about: "Enter a password twice and submit."},
		{name: "enter-text", solve: enterOnce, about: "Enter a text and submit."},
		{name: "enter-text-2", solve: enterCased, offers: bothCases, about: "Enter a text in upper or lower case and submit."},
		{name: "enter-text-dynamic", solve: enterOnce, about: "Enter a text and submit."},
		{name: "enter-time", solve: enterTime, offers: timeValue, about: "Enter a time and submit."},
		{name: "find-word", solve: findWord, offers: printedWords, about: "Enter the n-th word of a paragraph and submit."},
		{name: "form-sequence", solve: slideAndTick, long: true, about: "Set a slider, tick a box and submit."},
		{name: "form-sequence-2", solve: tickAndEnter, about: "Choose an option, enter a number into a given field and submit."},
		{name: "form-sequence-3", solve: dropDown, about: "Choose from a drop-down list that scripts draw, then click a given button."},
		{name: "generate-number", solve: generate, long: true, about: "Draw numbers until one is as asked, then submit."},
		{name: "login-user", solve: logIn, about: "Enter user name and password and log in."},
		{name: "login-user-popup", solve: logIn, about: "Log in, past a popup that may disable the form."},
		{name: "multi-layouts", solve: searchMovies, offers: movie, about: "Fill in a search form whose labels and layout vary."},
		{name: "multi-orderings", solve: searchMovies, offers: movie, about: "Fill in a search form whose order varies."},
		{name: "odd-or-even", solve: oddOrEven, about: "Mark three numbers as odd or even and submit."},
		{name: "order-food", solve: orderFood, about: "Order dishes by name or by what is in them."},
		{name: "read-table", solve: readTable, offers: cells, about: "Look a value up in a table, enter it and submit."},
		{name: "read-table-2", solve: readTable, offers: cells, about: "Look two values up in a table, enter them and submit."},
		{name: "scroll-text", solve: lastWord, offers: lastWritten, reload: true, about: "Enter the last word of a long text and submit."},
		{name: "scroll-text-2", solve: scrollText, reload: true, about: "Scroll a text to its top or bottom and submit."},
		{name: "sign-agreement", about: "Cancel, or scroll an agreement to its end, sign it and agree or cancel."},
		{name: "simple-algebra", solve: calculate, about: "Solve an equation of one unknown, enter it and submit."},
		{name: "simple-arithmetic", solve: calculate, about: "Add, subtract or multiply two digits, enter the result and submit."},
		{name: "text-editor", solve: styleText, long: true, about: "Give a word or everything in an editor a style or a colour and submit."},
		{name: "text-transform", solve: copyShown, offers: printed, about: "Enter a word that is shown in a distorted way and submit."},
		{name: "use-autocomplete", solve: complete, about: "Enter an item by how it begins and ends, with suggestions that come with a delay."},
		{name: "use-autocomplete-nodelay", solve: complete, about: "Enter an item by how it begins and ends, with suggestions."},
		{name: "use-colorwheel", solve: pickColour, about: "Choose a named colour with a colour picker and submit."},
		{name: "use-colorwheel-2", solve: pickColour, asks: true, drawn: true, about: "Choose a colour that is shown with a colour picker and submit."},
		{name: "use-slider", solve: slide, long: true, about: "Set a slider to a number and submit."},
		{name: "use-slider-2", solve: slide, long: true, about: "Set three sliders to numbers and submit."},
		{name: "use-spinner", solve: spin, about: "Set a spinner to a number and submit."},
	})
}

// The entry that a pie shows as chosen from the start takes no click: where it is the one
// that is asked for, nobody can win.
func findPages() []page {
	return of(kindFind, []page{
		{name: "book-flight", solve: bookFlight, offers: places, long: true, reload: true, about: "Book the cheapest or shortest flight of a day, with delays."},
		{name: "book-flight-nodelay", solve: bookFlight, offers: places, long: true, reload: true, about: "Book the cheapest or shortest flight of a day."},
		{name: "choose-date", solve: chooseDate, long: true, reload: true, about: "Choose a date of a year in a calendar and submit."},
		{name: "choose-date-easy", solve: chooseDate, long: true, reload: true, about: "Choose a date of a month in a calendar and submit."},
		{name: "choose-date-medium", solve: chooseDate, long: true, reload: true, about: "Choose a date of some months in a calendar and submit."},
		{name: "choose-date-nodelay", solve: chooseDate, long: true, reload: true, about: "Choose a date of a year in a calendar without delays and submit."},
		{name: "click-collapsible", solve: expandAndSubmit, reload: true, about: "Open a section and submit."},
		{name: "click-collapsible-nodelay", solve: expandAndSubmit, about: "Open a section without delays and submit."},
		{name: "click-collapsible-2", solve: findLink, about: "Find the link with a given word in one of three sections that open and close slowly."},
		{name: "click-collapsible-2-nodelay", solve: findLink, about: "Find the link with a given word in one of three sections that open and close."},
		{name: "click-menu", solve: followMenu, about: "Choose an entry in a menu of menus."},
		{name: "click-menu-2", solve: findInMenu, asks: true, drawn: true, about: "Open a menu and choose an entry by its label or icon."},
		{name: "click-pie", solve: clickPie, misses: 40, about: "Open a menu of the shape of a pie and choose an entry."},
		{name: "click-pie-nodelay", solve: clickPie, misses: 40, about: "Open a menu of the shape of a pie without delays and choose an entry."},
		{name: "click-tab-2", solve: findLink, about: "Find the link with a given word in one of three tabs."},
		{name: "click-tab-2-easy", solve: findLink, about: "Find the link with a given word in one tab."},
		{name: "click-tab-2-hard", solve: findLink, about: "Find the link with a given word in one of two to six tabs."},
		{name: "click-tab-2-medium", solve: findLink, about: "Find the link with a given word in one of two tabs."},
		{name: "daily-calendar", about: "Put an event of a given length and name into a calendar."},
		{name: "find-greatest", solve: greatest, about: "Turn the card with the greatest number over and submit."},
		{name: "guess-number", solve: guess, offers: digits, long: true, about: "Guess a number, told whether it is higher or lower."},
		{name: "hot-cold", long: true, about: "Find a hidden place by the pointer, told whether it is near."},
		{name: "navigate-tree", solve: findInTree, about: "Find a named file or folder in a tree that opens and closes."},
		{name: "phone-book", solve: lookUp, about: "Find a person in a book of pages and click a property."},
		{name: "search-engine", solve: search, about: "Search for a name and open the result of a given rank."},
		{name: "social-media", solve: postAction, about: "Do something with a given user's post, some of it in a menu."},
		{name: "social-media-all", solve: postActions, long: true, about: "Do something with all posts of a user and submit."},
		{name: "social-media-some", solve: postActions, long: true, about: "Do something with some posts of a user and submit."},
		{name: "terminal", solve: terminal, about: "Find a file by its extension in a terminal and delete it."},
	})
}

func mailPages() []page {
	return of(kindMail, []page{
		{name: "email-inbox", solve: mail, about: "Delete, mark, forward or reply to the email of a given sender."},
		{name: "email-inbox-delete", solve: clickIcon("trash"), about: "Delete the email of a given sender."},
		{name: "email-inbox-forward", solve: forward, about: "Forward the email of a given sender."},
		{name: "email-inbox-forward-nl", solve: mail, about: "Forward an email, asked for in many wordings."},
		{name: "email-inbox-forward-nl-turk", solve: mail, misses: 20, about: "Forward an email, asked for in people's own words."},
		{name: "email-inbox-important", solve: clickIcon("star"), about: "Mark the email of a given sender as important."},
		{name: "email-inbox-nl-turk", solve: mail, misses: 25, about: "Delete, mark, forward or reply to an email, asked for in people's own words."},
		{name: "email-inbox-noscroll", solve: mail, about: "Delete, mark, forward or reply to the email of a given sender; none needs scrolling."},
		{name: "email-inbox-reply", solve: reply, about: "Reply to the email of a given sender with a given text."},
		{name: "email-inbox-star-reply", solve: mail, about: "Mark or reply to the email of a given sender."},
	})
}

func dragPages() []page {
	return of(kindDrag, []page{
		{name: "drag-box", solve: dragInto, misses: 30, about: "Drag a small box into a large one."},
		{name: "drag-circle", about: "Drag a circle in a given direction and submit."},
		{name: "drag-cube", about: "Turn a cube until a given side faces the user, and submit."},
		{name: "drag-items", solve: dragItem, about: "Drag a named item of a list to a given position."},
		{name: "drag-items-grid", solve: dragItem, about: "Drag a named item of a grid to a given position."},
		{name: "drag-shapes", about: "Drag all shapes of a kind into a box and submit."},
		{name: "drag-shapes-2", about: "Drag shapes of one kind into one box, the others into another, and submit."},
		{name: "drag-single-shape", about: "Drag a shape in a given direction and submit."},
		{name: "drag-sort-numbers", solve: sortNumbers, about: "Sort numbers by dragging and submit."},
		{name: "highlight-text", about: "Select a paragraph's text and submit."},
		{name: "highlight-text-2", about: "Select the text of the first, second or third paragraph and submit."},
		{name: "resize-textarea", about: "Make a text area wider, narrower, higher or lower and submit."},
	})
}

func drawPages() []page {
	return of(kindDraw, []page{
		{name: "bisect-angle", solve: bisect, drawn: true, about: "Click a point of the line that halves an angle, and submit."},
		{name: "circle-center", solve: clickCentre, drawn: true, about: "Click the centre of a circle and submit."},
		{name: "click-color", solve: clickColour, about: "Click the box of a given colour."},
		{name: "click-shades", solve: clickShades, about: "Select all shades of a colour and submit."},
		{name: "click-shape", solve: clickShape, about: "Click a shape, letter or digit by size, colour and kind."},
		{name: "count-shape", solve: countShapes, about: "Count the shapes, letters or digits of a size, colour or kind."},
		{name: "count-sides", drawn: true, about: "Say how many sides a shape has that is painted on a canvas."},
		{name: "draw-circle", solve: drawCircle, long: true, drawn: true, about: "Draw a circle around a point and submit."},
		{name: "draw-line", solve: drawLine, drawn: true, about: "Draw a line through a point and submit."},
		{name: "find-midpoint", solve: clickMiddle, drawn: true, about: "Click the point between two points and submit."},
		{name: "grid-coordinate", solve: clickCoordinate, about: "Click a point of a grid by its coordinates."},
		{name: "identify-shape", solve: identifyShape, about: "Say whether a figure is a letter, a number, or which shape."},
		{name: "number-checkboxes", long: true, drawn: true, about: "Draw a digit with check boxes and submit."},
		{name: "right-angle", solve: rightAngle, drawn: true, about: "Click a point that makes a right angle with two others, and submit."},
		{name: "visual-addition", solve: addBlocks, drawn: true, about: "Count the blocks of two groups, enter the sum and submit."},
	})
}

func timePages() []page {
	const moves = "what it shows moves on by itself, and the reward depends on keeping up with it"
	return of(kindTime, []page{
		{name: "button-delay", unplayable: "the second click counts only some seconds after the first, and a step does not wait", about: "Click one button, wait, and click another."},
		{name: "chase-circle", unplayable: moves, about: "Keep the pointer in a circle that moves."},
		{name: "hover-shape", unplayable: moves, about: "Keep the pointer over a square that moves."},
		{name: "moving-items", unplayable: moves, about: "Click as many moving circles as possible."},
		{name: "simon-says", unplayable: "the order of the buttons is shown for moments, by flashing", about: "Click buttons in the order in which they flashed."},
		{name: "stock-market", chance: true, reload: true, about: "Buy when a price that changes ten times a second is low enough."},
	})
}
