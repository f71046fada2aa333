/**
 * Live guests: a machine, a platform and a console put together, run or recorded.
 *
 * <p>The host's clock, its threads and its terminal enter here and nowhere below. Command-line options are parsed
 * elsewhere.
 */
package org.retrovisor.tools.live;
