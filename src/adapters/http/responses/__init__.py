"""Write responses: predictions as JSON, problem JSON, file names of downloads."""
