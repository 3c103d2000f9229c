-- How texts were read when a version was learned (language/classifier.py): one of another reading is of no use any more.
ALTER TABLE routing_version ADD reading text NOT NULL DEFAULT '';
ALTER TABLE routing_version ALTER reading DROP DEFAULT;
